import { LRUCache } from 'lru-cache'
import { algorithmOf, type Digest, digestOf } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import { BytesReader } from '../../storage/files/readers.ts'
import type { BlobReader, ByteRange } from '../../storage/blob-store.ts'
import type { BlobRecord } from '../../storage/index/blobs.ts'
import { KIB } from '../base/sizes.ts'
import type { AccessTimes } from './access-times.ts'
import type { RegistryContext } from './context.ts'
import type { RegistrySettings } from './settings.ts'
import { VerifyingReader } from './verifying-reader.ts'

/** A blob takes at most this part of the cache, so that one does not push out all others. */
const CACHE_SHARE = 16
/**
 * Blobs up to this many bytes are verified whenever they come from the store, however small the
 * cache.
 */
const ALWAYS_VERIFIED = 16 * KIB
/** Large blobs remembered as verified. */
const MAX_VERIFIED = 10_000
/** Repositories that are tried for a mount whose source is not given. */
const MOUNT_CANDIDATES = 100

/** Whether the caller may pull from a repository. */
export type PullPredicate = (repository: string) => boolean

/**
 * The blobs of repositories: visible only where they are linked, served only while their bytes
 * match their digest.
 */
export class BlobService {
  readonly #context: RegistryContext
  readonly #cacheSettings: RegistrySettings['cache']
  readonly #accessTimes: AccessTimes
  /**
   * Verified bytes of small blobs by key. A key is never used for other bytes, so no entry becomes
   * stale.
   */
  readonly #cache: LRUCache<string, Uint8Array>
  /** Keys of large blobs whose bytes were verified in this process. */
  readonly #verified = new LRUCache<string, true>({ max: MAX_VERIFIED })
  readonly #loading = new Map<string, Promise<Uint8Array | undefined>>()
  #loadingBytes = 0

  constructor(
    context: RegistryContext,
    cache: RegistrySettings['cache'],
    accessTimes: AccessTimes,
  ) {
    this.#context = context
    this.#cacheSettings = cache
    this.#accessTimes = accessTimes
    this.#cache = new LRUCache({
      maxSize: Math.max(1, cache.blobs),
      sizeCalculation: (bytes) => bytes.byteLength + 256,
    })
  }

  /**
   * The blob in this repository.
   * @throws RegistryError BLOB_UNKNOWN, NAME_UNKNOWN
   */
  async stat(repository: string, digest: Digest): Promise<BlobRecord> {
    const found = await this.#context.storage.index.blobs.get(repository, digest)
    if (found === undefined || !(await this.#accessTimes.touchBlob(repository, digest)))
      throw await this.#unknownError(repository, digest)
    return found
  }

  /** The verified bytes of a small blob, if they are in memory. */
  cached({ key }: BlobRecord): Uint8Array | undefined {
    return this.#cache.get(key)
  }

  /**
   * The bytes of a blob or of a range of it.
   * @throws RegistryError BLOB_UNKNOWN if they turn out to be missing or damaged
   */
  async open(blob: BlobRecord, range?: ByteRange): Promise<BlobReader> {
    const bytes =
      this.#cache.get(blob.key) ?? (this.#isLoadable(blob) ? await this.#load(blob) : undefined)
    if (bytes) return new BytesReader(bytes, range)
    const reader = await this.#context.storage.blobs.open(blob.key, range)
    if (reader?.size === blob.size) return range ? reader : this.#verifying(blob, reader)
    await reader?.close()
    const damage = reader ? `has ${reader.size} bytes` : 'is missing'
    return this.open(await this.#relocate(blob, damage), range)
  }

  /**
   * The first reader of a whole large blob in this process verifies it: the file may have decayed
   * over years.
   */
  #verifying(blob: BlobRecord, reader: BlobReader): BlobReader {
    const { key, digest } = blob
    if (this.#verified.has(key)) return reader
    return new VerifyingReader(reader, digest, {
      verified: () => this.#verified.set(key, true),
      damagedError: () => this.quarantine(blob, 'has other bytes'),
    })
  }

  /**
   * Links a blob of another repository; without `from`, of any repository that the caller may pull.
   * False if there is none, so that the client uploads it.
   */
  async mount(
    repository: string,
    digest: Digest,
    from: string | undefined,
    mayPull: PullPredicate,
  ): Promise<boolean> {
    const { index } = this.#context.storage
    const time = this.#context.now()
    if (from !== undefined)
      return mayPull(from) && index.blobs.mount(repository, digest, from, time)
    for (const candidate of await this.#repositoriesWith(digest, mayPull)) {
      if (await index.blobs.mount(repository, digest, candidate, time)) return true
    }
    return false
  }

  /** A repository from which {@link mount} could link the blob. */
  async mountSource(
    digest: Digest,
    from: string | undefined,
    mayPull: PullPredicate,
  ): Promise<string | undefined> {
    if (from === undefined) return (await this.#repositoriesWith(digest, mayPull))[0]
    const found = mayPull(from)
      ? await this.#context.storage.index.blobs.get(from, digest)
      : undefined
    return found && from
  }

  /**
   * Unlinks the blob from this repository; other repositories keep theirs.
   * @throws RegistryError BLOB_UNKNOWN, NAME_UNKNOWN; CONFLICT if a manifest of the repository
   *   references it
   */
  async delete(repository: string, digest: Digest): Promise<void> {
    const result = await this.#context.storage.index.blobs.unlink(
      repository,
      digest,
      this.#context.now(),
    )
    if (result.outcome === 'unknown') throw await this.#unknownError(repository, digest)
    if (result.outcome === 'referenced') {
      throw new RegistryError(
        'CONFLICT',
        `the blob is part of manifest ${result.by}: delete that manifest first`,
        { detail: { manifest: result.by } },
      )
    }
  }

  /**
   * Hides a blob whose stored bytes do not match its digest, until it is pushed again, and logs it.
   * @param damage a predicate, such as "is missing"
   * @returns The error for the client
   */
  async quarantine({ digest, key, size }: BlobRecord, damage: string): Promise<RegistryError> {
    this.#context.log.error(
      { digest, key, size, what: damage },
      'a stored blob is damaged: it is quarantined until it is pushed again',
    )
    await this.#context.storage.index.blobs.quarantine(digest, key, this.#context.now())
    return new RegistryError(
      'BLOB_UNKNOWN',
      `the blob ${digest} was found damaged and is no longer served: push it again`,
    )
  }

  /**
   * The current record of a blob whose bytes were missing or damaged: since it was looked up, it
   * may have been deleted, collected and pushed again.
   * @throws RegistryError BLOB_UNKNOWN if there is no other
   */
  async #relocate(blob: BlobRecord, damage: string): Promise<BlobRecord> {
    const now = await this.#context.storage.index.blobs.locate(blob.digest)
    if (now?.state === 'good' && now.key === blob.key) throw await this.quarantine(blob, damage)
    if (now?.state === 'good') return now
    throw new RegistryError(
      'BLOB_UNKNOWN',
      `the blob ${blob.digest} is no longer here: push it again`,
    )
  }

  #unknownError(repository: string, digest: Digest): Promise<RegistryError> {
    const message = `no blob ${digest} in ${repository}`
    return this.#context.unknownError(repository, 'BLOB_UNKNOWN', message)
  }

  async #repositoriesWith(digest: Digest, mayPull: PullPredicate): Promise<string[]> {
    const { entries } = await this.#context.storage.index.blobs.repositories(digest, {
      limit: MOUNT_CANDIDATES,
    })
    return entries.filter(mayPull)
  }

  /**
   * Whether the blob is loaded into memory and verified before it is served; others are streamed.
   */
  #isLoadable({ size }: BlobRecord): boolean {
    if (size <= ALWAYS_VERIFIED) return true
    // Blobs being loaded are in memory, too.
    const { blobs } = this.#cacheSettings
    return size <= blobs / CACHE_SHARE && this.#loadingBytes + size <= blobs
  }

  #load(blob: BlobRecord): Promise<Uint8Array | undefined> {
    const running = this.#loading.get(blob.key)
    if (running) return running
    this.#loadingBytes += blob.size
    const loading = this.#readWhole(blob).finally(() => {
      this.#loading.delete(blob.key)
      this.#loadingBytes -= blob.size
    })
    this.#loading.set(blob.key, loading)
    return loading
  }

  async #readWhole(blob: BlobRecord): Promise<Uint8Array | undefined> {
    const reader = await this.#context.storage.blobs.open(blob.key)
    if (reader === undefined) return this.#readWhole(await this.#relocate(blob, 'is missing'))
    const bytes = Buffer.allocUnsafeSlow(blob.size)
    let filled = 0
    for await (const piece of reader) {
      bytes.set(piece.subarray(0, blob.size - filled), filled)
      filled += piece.byteLength
    }
    if (filled !== blob.size)
      return this.#readWhole(await this.#relocate(blob, `has ${filled} bytes`))
    if (digestOf(bytes, algorithmOf(blob.digest)) !== blob.digest)
      return this.#readWhole(await this.#relocate(blob, 'has other bytes'))
    this.#cache.set(blob.key, bytes)
    return bytes
  }
}
