import { LRUCache } from 'lru-cache'
import { algorithmOf, type Digest, digestOf, isDigest } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import { type Manifest, readManifest } from '../oci/manifest.ts'
import { isTag } from '../oci/name.ts'
import { type Condition, matches } from '../../storage/index/condition.ts'
import type { ManifestPut, ManifestRecord } from '../../storage/index/manifests.ts'
import type { RegistryContext } from './context.ts'
import type { DerivedManifest, ManifestGate } from './manifest-gate.ts'
import {
  checkDigest,
  checkTags,
  immutableTagError,
  preconditionFailedError,
  assertStored,
  tagsMovedError,
} from './manifest-checks.ts'
import type { RepositoryContent } from './repository-content.ts'

/** Times that a manifest is judged while others move the tags of its companions. */
const ATTEMPTS = 5

export interface ManifestRulesOptions {
  /** `strict`: what a manifest names must be in the repository. `sparse`: it need not. */
  readonly references: 'strict' | 'sparse'
  /** Bytes of manifests kept in memory. */
  readonly cacheSize: number
  readonly judge?: ManifestGate
  readonly content: (repository: string) => RepositoryContent
  /** Told of manifests that somebody found by their digest. */
  readonly found: (repository: string, digest: Digest) => Promise<void>
  /** Whether a tag, once there, neither moves nor goes away. */
  readonly isImmutable: (repository: string, tag: string) => boolean
}

export interface ManifestPush {
  readonly repository: string
  /** A tag or a digest. */
  readonly reference: string
  readonly bytes: Uint8Array
  /** Without parameters. */
  readonly contentType: string | undefined
  /** Further tags. */
  readonly tags: readonly string[]
  readonly condition?: Condition
  /** HOST[:PORT], what the client calls this registry. */
  readonly host?: string
}

export interface PushedManifest {
  readonly digest: Digest
  readonly subject?: string
  readonly warnings: readonly string[]
  /** Tags of the manifests that were made of it and stored with it. */
  readonly companions: readonly string[]
}

/** Manifests of repositories: exact bytes, complete, under tags and digests. */
export class ManifestRules {
  readonly #context: RegistryContext
  readonly #options: ManifestRulesOptions
  /** Verified bytes by digest. Whether a repository holds the manifest is asked of the Index every time. */
  readonly #cache: LRUCache<Digest, Uint8Array>

  constructor(context: RegistryContext, options: ManifestRulesOptions) {
    this.#context = context
    this.#options = options
    this.#cache = new LRUCache({
      maxSize: Math.max(1, options.cacheSize),
      sizeCalculation: (bytes) => bytes.byteLength + 256,
    })
  }

  /**
   * The manifest under a tag or digest.
   * @throws RegistryError MANIFEST_UNKNOWN, NAME_UNKNOWN; DIGEST_INVALID for a reference with ":" that is no digest
   */
  async stat(repository: string, reference: string): Promise<ManifestRecord> {
    checkDigest(reference)
    const found =
      isDigest(reference) || isTag(reference)
        ? await this.#context.storage.index.manifests.get(repository, reference)
        : undefined
    if (found === undefined) throw await this.#unknown(repository, reference)
    if (isDigest(reference)) await this.#options.found(repository, reference)
    return found
  }

  /** The verified bytes, if they are in memory. */
  cached(digest: Digest): Uint8Array | undefined {
    return this.#cache.get(digest)
  }

  /**
   * The exact bytes of a manifest that {@link stat} found.
   * @throws RegistryError MANIFEST_UNKNOWN if they are gone or damaged
   */
  async bytes(repository: string, { digest }: ManifestRecord): Promise<Uint8Array> {
    const cached = this.#cache.get(digest)
    if (cached) return cached
    const bytes = await this.#context.storage.index.manifests.bytes(repository, digest)
    if (bytes === undefined) throw await this.#unknown(repository, digest)
    if (digestOf(bytes, algorithmOf(digest)) !== digest) {
      await this.#context.damagedManifest(repository, digest)
      throw new RegistryError(
        'MANIFEST_UNKNOWN',
        `the manifest ${digest} was found damaged and is not served: push it again`,
      )
    }
    this.#cache.set(digest, bytes)
    return bytes
  }

  /**
   * Stores a manifest, with those that the judge makes its companions, and points all their tags at them, or does nothing.
   * @throws RegistryError MANIFEST_INVALID, DIGEST_INVALID, TAG_INVALID, TOO_MANY_TAGS, MANIFEST_BLOB_UNKNOWN,
   *   SIZE_INVALID, PRECONDITION_FAILED, TAG_IMMUTABLE, CONFLICT, and what the judge throws
   */
  async put(push: ManifestPush): Promise<PushedManifest> {
    const { repository, reference, bytes, condition, host } = push
    checkDigest(reference)
    const digest = digestOf(bytes, isDigest(reference) ? algorithmOf(reference) : 'sha256')
    if (isDigest(reference) && reference !== digest) {
      throw new RegistryError(
        'DIGEST_INVALID',
        `the manifest that was sent has the digest ${digest}, not the one in the address`,
      )
    }
    const tags = [...new Set(isDigest(reference) ? push.tags : [reference, ...push.tags])]
    checkTags(tags)
    const manifest = readManifest(bytes, push.contentType)
    const put = {
      ...this.#putOf(repository, digest, bytes, manifest, tags),
      ...(condition && { condition, conditionOn: reference }),
    }
    const stored = await this.#judgeAndStore(put, host)
    return { digest, ...(manifest.subject && { subject: manifest.subject.digest }), ...stored }
  }

  /**
   * By tag: removes the tag alone. By digest: removes the manifest and every tag that points at it.
   * @throws RegistryError MANIFEST_UNKNOWN, NAME_UNKNOWN, DIGEST_INVALID, TAG_IMMUTABLE, PRECONDITION_FAILED
   */
  async delete(repository: string, reference: string, condition: Condition = {}): Promise<void> {
    checkDigest(reference)
    const { index } = this.#context.storage
    const time = this.#context.now()
    const isImmutable = (tag: string) => this.#options.isImmutable(repository, tag)
    if (isTag(reference) && isImmutable(reference)) {
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
    if (!result) throw await this.#unknown(repository, reference)
  }

  async #judgeAndStore(
    put: ManifestPut,
    host?: string,
  ): Promise<Pick<PushedManifest, 'warnings' | 'companions'>> {
    const content = this.#options.content(put.repository)
    const judged = { ...put, content, ...(host !== undefined && { host }) }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const judgement = await this.#options.judge?.admit(judged)
      const { warnings = [], derived: companions = [] } = judgement ?? {}
      const result = await this.#context.storage.index.manifests.put(
        put,
        ...companions.map((companion) => this.#companionOf(put.repository, companion)),
      )
      // Only companions can have been judged by what is no longer true: then anew.
      if (result.outcome === 'precondition-failed' && result.digest !== put.digest) continue
      assertStored(result)
      return { warnings, companions: companions.map(({ tag }) => tag) }
    }
    throw tagsMovedError()
  }

  #companionOf(repository: string, companion: DerivedManifest): ManifestPut {
    const { bytes, contentType, tag, condition } = companion
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
    return {
      repository,
      digest,
      bytes,
      manifest,
      tags,
      requireReferences: this.#options.references === 'strict',
      immutableTags: tags.filter((tag) => this.#options.isImmutable(repository, tag)),
      time: this.#context.now(),
    }
  }

  #unknown(repository: string, reference: string): Promise<RegistryError> {
    return this.#context.unknown(
      repository,
      'MANIFEST_UNKNOWN',
      `no manifest ${reference.slice(0, 128)} in ${repository}`,
    )
  }
}
