import type { StorageObserver } from '../observer.ts'
import { CommitQueue } from './commit-queue.ts'
import { BlobIndex } from './blobs.ts'
import { CandidateIndex } from './candidates.ts'
import { LeaseIndex } from './leases.ts'
import { FactIndex } from './facts.ts'
import { ReferrerIndex, RepositoryIndex, UploadIndex } from './lists.ts'
import { ManifestIndex } from './manifests.ts'
import { ProgressIndex } from './progress.ts'
import { AccessTokenIndex } from './access-tokens.ts'
import { TagIndex } from './tags.ts'
import { storageFailure } from '../failure.ts'
import type { Index, IndexSnapshot } from '../index/index.ts'
import type { IndexState } from '../index/state.ts'
import { decode, encode, readStored } from './rows.ts'
import type { KeyValue } from './key-value.ts'
import { RowCache } from './row-cache.ts'
import { FORMAT_KEY, FORMAT_VERSION, SEQUENCE } from '../keys.ts'

/** Rows that mean nothing elsewhere: numbers of batches, sessions whose bytes still change, and leases. */
const OF_THIS_STORE = new RegExp(`^(?:${SEQUENCE}|upload|lease)!`)

/** The Index on any ordered key-value store; keys.ts has its rows. */
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
    this.#queue = new CommitQueue(store, syncs, (keys) => rows.forget(keys), observer)
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
    return { writable: false, reason: failure.message, failure: storageFailure(failure) }
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
          yield entries.filter(([key]) => !OF_THIS_STORE.test(key))
      },
      close: () => snapshot.close(),
    }
  }

  async close(): Promise<void> {
    await this.#queue.close()
    await this.#store.close()
  }
}

/**
 * The version of the rows in a store; undefined if it is new.
 * @throws Error when a newer release wrote it
 */
export function readFormat(store: KeyValue): number | undefined {
  const bytes = store.get(FORMAT_KEY)
  if (bytes === undefined) return undefined
  const { version } = decode<{ version: number }>(bytes)
  if (version > FORMAT_VERSION) {
    throw new Error(
      `the data was written by a newer Wasmoor (format ${version}, this one knows ${FORMAT_VERSION}): start that release`,
    )
  }
  return version
}

export async function writeFormat(store: KeyValue, syncs: boolean): Promise<void> {
  await store.write(new Map([[FORMAT_KEY, encode({ version: FORMAT_VERSION })]]), syncs)
}
