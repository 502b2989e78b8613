import { ACCOUNT, ACCOUNTS } from './accounts.ts'
import type { Environment } from './execute.ts'
import type { Credentials } from './target.ts'

/** How a registry authenticates clients. */
export interface Mode {
  readonly name: string
  /** The settings of the server (`WASMOOR_*`). */
  readonly server: Environment
  /** The accounts of the server; without any, it is open. */
  readonly accounts?: readonly Credentials[]
  /** Whether clients need no credentials to pull. */
  readonly anonymousPull: boolean
}

const RULES = [
  {
    repositories: ['**'],
    grants: [
      { anonymous: true, actions: ['pull'] },
      { users: [ACCOUNT.username], actions: ['pull', 'push', 'delete'] },
    ],
  },
]

export const MODES: readonly Mode[] = [
  { name: 'open', server: {}, anonymousPull: false },
  {
    name: 'basic',
    server: { WASMOOR_AUTH_CHALLENGE: 'basic' },
    accounts: ACCOUNTS,
    anonymousPull: false,
  },
  {
    name: 'bearer',
    server: { WASMOOR_AUTH_CHALLENGE: 'bearer' },
    accounts: ACCOUNTS,
    anonymousPull: false,
  },
  {
    name: 'anonymous-pull',
    server: { WASMOOR_AUTH_CHALLENGE: 'bearer', WASMOOR_AUTH_RULES: JSON.stringify(RULES) },
    accounts: ACCOUNTS,
    anonymousPull: true,
  },
]
