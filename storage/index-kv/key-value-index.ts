import { storageError } from '../storage-error.ts'
import type { Index } from '../index/index.ts'
import type { IndexSnapshot } from '../index/snapshot.ts'
import type { IndexState } from '../index/state.ts'
import { SEQUENCE } from '../keys.ts'
import type { StorageObserver } from '../observer.ts'
import { AccessTokenIndex } from './access-tokens.ts'
import { BlobIndex } from './blobs.ts'
import { CandidateIndex } from './candidates.ts'
import { CommitQueue } from './commit-queue.ts'
import { FactIndex } from './facts.ts'
import type { KeyValue } from './key-value.ts'
import { LeaseIndex } from './leases.ts'
import { ManifestIndex } from './manifests.ts'
import { ProgressIndex } from './progress.ts'
import { ReferrerIndex } from './referrers.ts'
import { RepositoryIndex } from './repositories.ts'
import { RowCache } from './row-cache.ts'
import { readStored } from './counts.ts'
import { TagIndex } from './tags.ts'
import { UploadIndex } from './uploads.ts'

/**
 * Rows without a meaning in another store: batch numbers, uploads whose bytes still change, and
 * leases.
 */
const LOCAL_ROWS = new RegExp(`^(?:${SEQUENCE}|upload|lease)!`)

/** The Index on any ordered key-value store, with the rows of keys.ts. */
export class KeyValueIndex implements Index {
  readonly repositories: RepositoryIndex
  readonly manifests: ManifestIndex
  readonly tags: TagIndex
  readonly referrers: ReferrerIndex
  readonly blobs: BlobIndex
  readonly facts: FactIndex
  readonly uploads: UploadIndex
  readonly candidates: CandidateIndex
  readonly accessTokens: AccessTokenIndex
  readonly leases: LeaseIndex
  readonly progress: ProgressIndex
  readonly #store: KeyValue
  readonly #queue: CommitQueue

  /** @param syncs false gives up durability (`durability: none`). */
  constructor(store: KeyValue, syncs: boolean, observer?: StorageObserver) {
    this.#store = store
    const rows = new RowCache(store)
    this.#queue = new CommitQueue(store, syncs, (keys) => rows.invalidate(keys), observer)
    this.repositories = new RepositoryIndex(store)
    this.manifests = new ManifestIndex(store, rows, this.#queue)
    this.tags = new TagIndex(store, this.#queue)
    this.referrers = new ReferrerIndex(store)
    this.blobs = new BlobIndex(store, rows, this.#queue)
    this.facts = new FactIndex(store, this.#queue)
    this.uploads = new UploadIndex(store, this.#queue)
    this.candidates = new CandidateIndex(store, this.#queue)
    this.accessTokens = new AccessTokenIndex(store, rows, this.#queue)
    this.leases = new LeaseIndex(store, this.#queue)
    this.progress = new ProgressIndex(store, this.#queue)
  }

  get health(): IndexState['health'] {
    const { failure } = this.#store
    if (failure === undefined) return { writable: true }
    return { writable: false, reason: failure.message, failure: storageError(failure) }
  }

  get waiting(): number {
    return this.#queue.waiting
  }

  get stored(): { blobs: number; bytes: number } {
    return readStored(this.#store)
  }

  snapshot(): IndexSnapshot {
    const snapshot = this.#store.snapshot()
    return {
      async *rows() {
        for await (const entries of snapshot.entries())
          yield entries.filter(([key]) => !LOCAL_ROWS.test(key))
      },
      close: () => snapshot.close(),
    }
  }

  async close(): Promise<void> {
    await this.#queue.close()
    await this.#store.close()
  }
}
