import type { Page, PageRequest } from './page.ts'

/** A password for robots and pull secrets, of which only a hash is kept. */
export interface AccessTokenRecord {
  readonly id: string
  /** SHA-256 of the secret, hexadecimal. */
  readonly hash: string
  /** Whose rights it has, as far as its own limits go. */
  readonly owner: string
  /** Ends with the owner's account. */
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
  /** False if there is none. */
  delete(id: string): Promise<boolean>
  /** By id. */
  list(page: PageRequest): Promise<Page<AccessTokenRecord>>
  /** Notes the last use; may be lost in a crash. */
  touch(id: string, time: number): Promise<void>
}
