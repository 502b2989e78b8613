import { setImmediate as turn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { KIB } from '../base/sizes.ts'
import { algorithmOf, type Digest, digestOf, isDigest } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import { type Manifest, readManifest } from '../oci/manifest.ts'
import { isTag } from '../oci/name.ts'
import { type Condition, matches } from '../../storage/index/condition.ts'
import type { ManifestPut, ManifestRecord } from '../../storage/index/manifests.ts'
import type { AccessTimes } from './access-times.ts'
import type { RegistryContext } from './context.ts'
import { immutableTags, type TagPredicate } from './immutable-tags.ts'
import {
  assertReference,
  assertStored,
  assertTags,
  immutableTagError,
  preconditionFailedError,
  tagsMovedError,
} from './manifest-checks.ts'
import type { DerivedManifest, ManifestGate } from './manifest-gate.ts'
import type { RepositoryContent } from './repository-content.ts'
import type { RegistrySettings } from './settings.ts'
import { storedAs, typeWarning } from './stored-type.ts'

/**
 * Times that a manifest goes through the gate while other requests move the tags of its derived
 * manifests.
 */
const ATTEMPTS = 5
/** Bytes of a manifest that takes milliseconds to hash. */
const LARGE = 256 * KIB

export interface ManifestServiceOptions extends Pick<
  RegistrySettings,
  'cache' | 'tags' | 'validation'
> {
  readonly accessTimes: AccessTimes
  readonly content: (repository: string) => RepositoryContent
  readonly gate?: ManifestGate | undefined
}

export interface ManifestPush {
  readonly repository: string
  /** A tag or a digest. */
  readonly reference: string
  readonly bytes: Uint8Array
  /** The media type, without parameters. */
  readonly contentType: string | undefined
  /** Tags beside the reference. */
  readonly tags: readonly string[]
  readonly condition?: Condition | undefined
  /** HOST[:PORT] of this registry as the client addresses it. */
  readonly host?: string | undefined
}

export interface PushedManifest {
  readonly digest: Digest
  /** Digest of its subject. */
  readonly subject?: string
  readonly warnings: readonly string[]
  /** Tags of the derived manifests that were stored with it. */
  readonly derivedTags: readonly string[]
}

/** The manifests of repositories: their exact bytes, under tags and digests. */
export class ManifestService {
  readonly #context: RegistryContext
  readonly #options: ManifestServiceOptions
  readonly #immutableTags: (repository: string) => TagPredicate | undefined
  /**
   * Verified bytes by digest. Whether a repository holds a manifest is always looked up in the
   * Index.
   */
  readonly #cache: LRUCache<Digest, Uint8Array>

  constructor(context: RegistryContext, options: ManifestServiceOptions) {
    this.#context = context
    this.#options = options
    this.#immutableTags = immutableTags(options.tags.immutable)
    this.#cache = new LRUCache({
      maxSize: Math.max(1, options.cache.manifests),
      sizeCalculation: (bytes) => bytes.byteLength + 256,
    })
  }

  /**
   * The manifest under a tag or digest.
   * @throws RegistryError MANIFEST_UNKNOWN, NAME_UNKNOWN; DIGEST_INVALID for a reference with ":"
   *   that is not a digest
   */
  async stat(repository: string, reference: string): Promise<ManifestRecord> {
    assertReference(reference)
    const found =
      isDigest(reference) || isTag(reference)
        ? await this.#context.storage.index.manifests.get(repository, reference)
        : undefined
    if (found === undefined) throw await this.#unknownError(repository, reference)
    if (isDigest(reference)) await this.#options.accessTimes.touchManifest(repository, reference)
    return found
  }

  /** The verified bytes, if they are in memory. */
  cached(digest: Digest): Uint8Array | undefined {
    return this.#cache.get(digest)
  }

  /**
   * The exact bytes of a manifest that {@link stat} found.
   * @throws RegistryError MANIFEST_UNKNOWN if they are missing or damaged
   */
  async bytes(repository: string, { digest }: ManifestRecord): Promise<Uint8Array> {
    const cached = this.#cache.get(digest)
    if (cached) return cached
    const bytes = await this.#context.storage.index.manifests.bytes(repository, digest)
    if (bytes === undefined) throw await this.#unknownError(repository, digest)
    if (digestOf(bytes, algorithmOf(digest)) !== digest) {
      await this.#context.quarantineManifest(repository, digest)
      throw new RegistryError(
        'MANIFEST_UNKNOWN',
        `the manifest ${digest} was found damaged and is not served: push it again`,
      )
    }
    this.#cache.set(digest, bytes)
    return bytes
  }

  /**
   * Stores a manifest and those that the gate derives from it, and points their tags to them, in
   * one transaction.
   * @throws RegistryError MANIFEST_INVALID, DIGEST_INVALID, TAG_INVALID, TOO_MANY_TAGS,
   *   MANIFEST_BLOB_UNKNOWN, SIZE_INVALID, PRECONDITION_FAILED, TAG_IMMUTABLE, CONFLICT; the errors
   *   of the gate
   */
  async put(push: ManifestPush): Promise<PushedManifest> {
    const { repository, reference, bytes, condition, host } = push
    assertReference(reference)
    const digest = digestOf(bytes, isDigest(reference) ? algorithmOf(reference) : 'sha256')
    if (isDigest(reference) && reference !== digest) {
      throw new RegistryError(
        'DIGEST_INVALID',
        `the uploaded manifest has the digest ${digest}, not the one in the address`,
      )
    }
    const tags = [...new Set(isDigest(reference) ? push.tags : [reference, ...push.tags])]
    assertTags(tags)
    // Hashing and reading take the main thread: other requests get a turn in between.
    if (bytes.byteLength > LARGE) await turn()
    const manifest = readManifest(bytes, push.contentType)
    const put = {
      ...this.#putOf(repository, digest, bytes, manifest, tags),
      ...(condition && { condition, conditionOn: reference }),
    }
    const stored = await this.#admitAndStore(put, host)
    return { digest, ...(manifest.subject && { subject: manifest.subject.digest }), ...stored }
  }

  /**
   * By tag: deletes the tag alone. By digest: deletes the manifest and all tags that point to it.
   * @throws RegistryError MANIFEST_UNKNOWN, NAME_UNKNOWN, DIGEST_INVALID, TAG_IMMUTABLE,
   *   PRECONDITION_FAILED
   */
  async delete(repository: string, reference: string, condition: Condition = {}): Promise<void> {
    assertReference(reference)
    const { index } = this.#context.storage
    const time = this.#context.now()
    const isImmutable = this.#immutableTags(repository)
    if (isTag(reference) && isImmutable?.(reference)) {
      await this.stat(repository, reference)
      throw immutableTagError(reference)
    }
    if (isDigest(reference) && !matches(condition, reference)) {
      await this.stat(repository, reference)
      throw preconditionFailedError()
    }
    const result = isDigest(reference)
      ? await index.manifests.delete(repository, reference, time, isImmutable)
      : isTag(reference) && (await index.tags.delete(repository, reference, time, condition))
    if (result === 'precondition-failed') throw preconditionFailedError()
    if (typeof result === 'object') throw immutableTagError(result.immutableTag)
    if (!result) throw await this.#unknownError(repository, reference)
  }

  async #admitAndStore(
    wanted: ManifestPut,
    host?: string,
  ): Promise<Pick<PushedManifest, 'warnings' | 'derivedTags'>> {
    const content = this.#options.content(wanted.repository)
    let put = wanted
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const admission = await this.#options.gate?.admit({ ...put, content, host })
      const { warnings = [], derived = [] } = admission ?? {}
      const result = await this.#context.storage.index.manifests.put(
        put,
        ...derived.map((manifest) => this.#derivedPut(put.repository, manifest)),
      )
      if (result.outcome === 'other-type') {
        put = storedAs(put, result.mediaType)
        continue
      }
      // Another request moved the tag of a derived manifest after the gate looked at it.
      if (result.outcome === 'precondition-failed' && result.digest !== put.digest) continue
      assertStored(result)
      return {
        warnings: [...warnings, ...typeWarning(wanted, put)],
        derivedTags: derived.map(({ tag }) => tag),
      }
    }
    throw tagsMovedError()
  }

  #derivedPut(
    repository: string,
    { bytes, contentType, tag, condition }: DerivedManifest,
  ): ManifestPut {
    const manifest = readManifest(bytes, contentType)
    const put = this.#putOf(repository, digestOf(bytes), bytes, manifest, [tag])
    return { ...put, condition, conditionOn: tag }
  }

  #putOf(
    repository: string,
    digest: Digest,
    bytes: Uint8Array,
    manifest: Manifest,
    tags: readonly string[],
  ): ManifestPut {
    const isImmutable = this.#immutableTags(repository)
    return {
      repository,
      digest,
      bytes,
      manifest,
      tags,
      requireReferences: this.#options.validation.references === 'strict',
      immutableTags: isImmutable ? tags.filter(isImmutable) : [],
      time: this.#context.now(),
    }
  }

  #unknownError(repository: string, reference: string): Promise<RegistryError> {
    return this.#context.unknownError(
      repository,
      'MANIFEST_UNKNOWN',
      `no manifest ${reference.slice(0, 128)} in ${repository}`,
    )
  }
}
