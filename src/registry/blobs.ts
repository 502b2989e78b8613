import { LRUCache } from 'lru-cache'
import { algorithmOf, type Digest, digestOf } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import { BytesReader } from '../../storage/files/readers.ts'
import type { BlobReader, ByteRange } from '../../storage/blob-store.ts'
import type { BlobRecord } from '../../storage/index/blobs.ts'
import type { RegistryContext } from './context.ts'
import type { AccessTimes } from './access-times.ts'
import { VerifyingReader } from './verifying-reader.ts'

/** A blob takes at most this part of the cache, so that one does not push out all others. */
const CACHE_SHARE = 16
/** Blobs up to this many bytes are compared with their digest whenever they come from the store, whatever the cache. */
const ALWAYS_VERIFIED = 16 * 1024
/** So many large blobs are known to have been compared. */
const MOST_COMPARED = 10_000
/** An anonymous mount looks at this many repositories that hold the blob. */
const MOUNT_CANDIDATES = 100

/** Whether the caller may pull from a repository. */
export type MayPull = (repository: string) => boolean

/** Blobs of repositories: visible only where linked, served only while they are what their digest says. */
export class BlobRules {
  readonly #context: RegistryContext
  readonly #finds: AccessTimes
  /** Verified bytes of small blobs by key; a key is never used for other bytes, so nothing here gets stale. */
  readonly #cache: LRUCache<string, Uint8Array>
  /** Keys of large blobs that were found to be what their digest says. */
  readonly #compared = new LRUCache<string, true>({ max: MOST_COMPARED })
  readonly #loading = new Map<string, Promise<Uint8Array | undefined>>()
  #loadingBytes = 0
  readonly #cacheSize: number

  constructor(context: RegistryContext, cacheSize: number, finds: AccessTimes) {
    this.#context = context
    this.#finds = finds
    this.#cacheSize = cacheSize
    this.#cache = new LRUCache({
      maxSize: Math.max(1, cacheSize),
      sizeCalculation: (bytes) => bytes.byteLength + 256,
    })
  }

  /**
   * The blob in this repository.
   * @throws RegistryError BLOB_UNKNOWN, NAME_UNKNOWN
   */
  async stat(repository: string, digest: Digest): Promise<BlobRecord> {
    const found = await this.#context.storage.index.blobs.get(repository, digest)
    if (found === undefined || !(await this.#finds.touchBlob(repository, digest)))
      throw await this.#context.unknown(
        repository,
        'BLOB_UNKNOWN',
        `no blob ${digest} in ${repository}`,
      )
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
      this.#cache.get(blob.key) ?? (this.#isVerified(blob) ? await this.#load(blob) : undefined)
    if (bytes) return new BytesReader(bytes, range)
    const reader = await this.#context.storage.blobs.open(blob.key, range)
    if (reader?.size === blob.size) return range ? reader : this.#verifying(blob, reader)
    await reader?.close()
    const what = reader ? `has ${reader.size} bytes` : 'is missing'
    return this.open(await this.#elsewhere(blob, what), range)
  }

  /** The first to read the whole of a large blob in this process compares it; it may have lain there for years. */
  #verifying(blob: BlobRecord, reader: BlobReader): BlobReader {
    const { key, digest } = blob
    if (this.#compared.has(key)) return reader
    return new VerifyingReader(
      reader,
      digest,
      () => this.#compared.set(key, true),
      () => this.damaged(blob, 'has other bytes'),
    )
  }

  /**
   * Makes a blob of another repository visible in this one; without `from`, of any repository that the caller may pull.
   * False if there is none: then the client uploads it.
   */
  async mount(
    repository: string,
    digest: Digest,
    from: string | undefined,
    mayPull: MayPull,
  ): Promise<boolean> {
    const { index } = this.#context.storage
    const time = this.#context.now()
    if (from !== undefined)
      return mayPull(from) && index.blobs.mount(repository, digest, from, time)
    for (const candidate of await this.#holders(digest, mayPull)) {
      if (await index.blobs.mount(repository, digest, candidate, time)) return true
    }
    return false
  }

  /** A repository that {@link mount} could take the blob from. */
  async mountSource(
    digest: Digest,
    from: string | undefined,
    mayPull: MayPull,
  ): Promise<string | undefined> {
    if (from === undefined) return (await this.#holders(digest, mayPull))[0]
    const found = mayPull(from)
      ? await this.#context.storage.index.blobs.get(from, digest)
      : undefined
    return found && from
  }

  /**
   * Removes the blob from this repository alone.
   * @throws RegistryError BLOB_UNKNOWN, NAME_UNKNOWN; CONFLICT if a manifest of the repository names it
   */
  async delete(repository: string, digest: Digest): Promise<void> {
    const result = await this.#context.storage.index.blobs.unlink(
      repository,
      digest,
      this.#context.now(),
    )
    if (result.outcome === 'unknown') {
      throw await this.#context.unknown(
        repository,
        'BLOB_UNKNOWN',
        `no blob ${digest} in ${repository}`,
      )
    }
    if (result.outcome === 'referenced') {
      throw new RegistryError(
        'CONFLICT',
        `the blob is part of manifest ${result.by}: delete that manifest first`,
        {
          detail: { manifest: result.by },
        },
      )
    }
  }

  /** The stored bytes are not those of the digest: says so in the log, and serves them no more. */
  async damaged({ digest, key, size }: BlobRecord, what: string): Promise<RegistryError> {
    this.#context.log.error(
      { digest, key, size, what },
      'a stored blob is damaged: it is quarantined until it is pushed again',
    )
    await this.#context.storage.index.blobs.quarantine(digest, key, this.#context.now())
    return new RegistryError(
      'BLOB_UNKNOWN',
      `the blob ${digest} was found damaged and is no longer served: push it again`,
    )
  }

  /**
   * Where else the blob is, whose bytes are not what they should be: it may have been deleted, collected and pushed again
   * since it was looked up.
   * @throws RegistryError BLOB_UNKNOWN if it is nowhere
   */
  async #elsewhere(blob: BlobRecord, what: string): Promise<BlobRecord> {
    const now = await this.#context.storage.index.blobs.locate(blob.digest)
    if (now?.state === 'good' && now.key === blob.key) throw await this.damaged(blob, what)
    if (now?.state === 'good') return now
    throw new RegistryError(
      'BLOB_UNKNOWN',
      `the blob ${blob.digest} is no longer here: push it again`,
    )
  }

  async #holders(digest: Digest, mayPull: MayPull): Promise<string[]> {
    const { entries } = await this.#context.storage.index.blobs.repositories(digest, {
      limit: MOUNT_CANDIDATES,
    })
    return entries.filter(mayPull)
  }

  #isVerified({ size }: BlobRecord): boolean {
    if (size <= ALWAYS_VERIFIED) return true
    // Blobs being loaded are in memory too: what does not fit beside them is streamed.
    return size <= this.#cacheSize / CACHE_SHARE && this.#loadingBytes + size <= this.#cacheSize
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
    if (reader === undefined) return this.#readWhole(await this.#elsewhere(blob, 'is missing'))
    const bytes = Buffer.allocUnsafeSlow(blob.size)
    let filled = 0
    for await (const piece of reader) {
      bytes.set(piece.subarray(0, blob.size - filled), filled)
      filled += piece.byteLength
    }
    if (filled !== blob.size)
      return this.#readWhole(await this.#elsewhere(blob, `has ${filled} bytes`))
    if (digestOf(bytes, algorithmOf(blob.digest)) !== blob.digest)
      return this.#readWhole(await this.#elsewhere(blob, 'has other bytes'))
    this.#cache.set(blob.key, bytes)
    return bytes
  }
}
