import type { AccessTokens } from './access-tokens.ts'
import type { Blobs } from './blobs.ts'
import type { Candidates } from './candidates.ts'
import type { Facts } from './facts.ts'
import type { Leases } from './leases.ts'
import type { Manifests } from './manifests.ts'
import type { Progress } from './progress.ts'
import type { Referrers } from './referrers.ts'
import type { Repositories } from './repositories.ts'
import type { IndexSnapshot } from './snapshot.ts'
import type { IndexState } from './state.ts'
import type { Tags } from './tags.ts'
import type { Uploads } from './uploads.ts'

/**
 * Everything the registry stores apart from the bytes of larger blobs. Each method is one atomic
 * operation: its preconditions are part of it, and its outcomes are plain data. Unless a method
 * says otherwise, its changes are durable when it resolves. Times are milliseconds since 1970.
 * @throws RegistryError UNAVAILABLE or STORAGE_FULL whenever the engine fails: then nothing was
 *   acknowledged
 */
export interface Index extends IndexState {
  readonly repositories: Repositories
  readonly manifests: Manifests
  readonly tags: Tags
  readonly referrers: Referrers
  readonly blobs: Blobs
  readonly facts: Facts
  readonly uploads: Uploads
  readonly candidates: Candidates
  readonly accessTokens: AccessTokens
  readonly leases: Leases
  readonly progress: Progress
  /** Includes everything acknowledged so far. */
  snapshot(): IndexSnapshot
  close(): Promise<void>
}
