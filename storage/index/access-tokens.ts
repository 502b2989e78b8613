import type { Page, PageRequest } from './page.ts'

/** A long-lived secret for robots, stored as a hash. */
export interface AccessTokenRecord {
  readonly id: string
  /** SHA-256 of the secret, hexadecimal. */
  readonly hash: string
  /** The account whose access rules apply, within the token's own limits. */
  readonly owner: string
  /** Whether the token ends with the owner's account. */
  readonly boundToAccount: boolean
  /** Patterns of repositories. */
  readonly repositories: readonly string[]
  readonly actions: readonly string[]
  readonly createdAt: number
  readonly expiresAt?: number
  readonly lastUsedAt?: number
}

export interface AccessTokens {
  get(id: string): Promise<AccessTokenRecord | undefined>
  put(record: AccessTokenRecord): Promise<void>
  /** False if there is no such token. */
  delete(id: string): Promise<boolean>
  /** By id. */
  list(page: PageRequest): Promise<Page<AccessTokenRecord>>
  /** Records the last use; may be lost in a crash. */
  touch(id: string, time: number): Promise<void>
}
