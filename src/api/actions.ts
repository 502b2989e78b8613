/** The actions on a repository. `*` in a token scope stands for all of them. */
export const ACTIONS = ['pull', 'push', 'delete'] as const

export type Action = (typeof ACTIONS)[number]
