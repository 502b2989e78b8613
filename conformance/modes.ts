import { account, accounts } from './accounts.ts'
import type { Environment } from './execute.ts'
import type { Credentials } from './target.ts'

/** How a registry lets clients in. */
export interface Mode {
  name: string
  /** The settings of a server that is started for it (`WASMOOR_*`). */
  server: Environment
  /** What such a server knows; without, it is open to everybody. */
  accounts?: readonly Credentials[]
  /** Whether clients pull without credentials, and only push with them. */
  anonymousPull: boolean
}

const rules = [
  {
    repositories: ['**'],
    grants: [
      { anonymous: true, actions: ['pull'] },
      { users: [account.username], actions: ['pull', 'push', 'delete'] },
    ],
  },
]

export const modes: readonly Mode[] = [
  { name: 'open', server: {}, anonymousPull: false },
  {
    name: 'basic',
    server: { WASMOOR_AUTH_CHALLENGE: 'basic' },
    accounts,
    anonymousPull: false,
  },
  {
    name: 'bearer',
    server: { WASMOOR_AUTH_CHALLENGE: 'bearer' },
    accounts,
    anonymousPull: false,
  },
  {
    name: 'anonymous-pull',
    server: { WASMOOR_AUTH_CHALLENGE: 'bearer', WASMOOR_AUTH_RULES: JSON.stringify(rules) },
    accounts,
    anonymousPull: true,
  },
]
