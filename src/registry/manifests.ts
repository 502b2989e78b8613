import { LRUCache } from 'lru-cache'
import { algorithmOf, describeBadDigest, type Digest, digestOf, isDigest } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import { type Manifest, readManifest } from '../oci/manifest.ts'
import { isTag } from '../oci/name.ts'
import type { Condition, ManifestPutOutcome, ManifestRecord } from '../../storage/index.ts'
import type { RegistryContext } from './context.ts'

/** distribution-spec, end-7b: at least ten tags a request are to be taken. */
const MOST_TAGS = 64
const MOST_NAMED = 20

/** Everything known of a manifest that is about to be stored. */
export interface JudgedManifest {
  readonly repository: string
  readonly digest: Digest
  readonly bytes: Uint8Array
  readonly manifest: Manifest
  /** The tags that will point at it. */
  readonly tags: readonly string[]
}

/** Looks at every manifest before it is stored. */
export interface ManifestJudge {
  /**
   * Returns warnings for the client.
   * @throws RegistryError to refuse the manifest
   */
  judge(manifest: JudgedManifest): Promise<readonly string[]>
}

export interface ManifestRulesOptions {
  /** `strict`: what a manifest names must be in the repository. `sparse`: it need not. */
  readonly references: 'strict' | 'sparse'
  /** Bytes of manifests kept in memory. */
  readonly cacheSize: number
  readonly judge?: ManifestJudge
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
}

export interface PushedManifest {
  readonly digest: Digest
  readonly subject?: string
  readonly warnings: readonly string[]
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
      this.#context.log.error(
        { repository, digest },
        'a stored manifest is damaged: it is not served until it is pushed again',
      )
      throw new RegistryError(
        'MANIFEST_UNKNOWN',
        `the manifest ${digest} was found damaged and is not served: push it again`,
      )
    }
    this.#cache.set(digest, bytes)
    return bytes
  }

  /**
   * Stores a manifest and points all its tags at it, or does nothing.
   * @throws RegistryError MANIFEST_INVALID, DIGEST_INVALID, TAG_INVALID, TOO_MANY_TAGS, MANIFEST_BLOB_UNKNOWN,
   *   SIZE_INVALID, PRECONDITION_FAILED, TAG_IMMUTABLE, and what the judge throws
   */
  async put(push: ManifestPush): Promise<PushedManifest> {
    const { repository, reference, bytes, condition } = push
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
    const warnings =
      (await this.#options.judge?.judge({ repository, digest, bytes, manifest, tags })) ?? []
    const result = await this.#context.storage.index.manifests.put({
      repository,
      digest,
      bytes,
      manifest,
      tags,
      requireReferences: this.#options.references === 'strict',
      fixedTags: tags.filter((tag) => this.#options.isImmutable(repository, tag)),
      ...(condition && { condition, conditionOn: reference }),
      time: this.#context.now(),
    })
    refuse(result)
    return { digest, ...(manifest.subject && { subject: manifest.subject.digest }), warnings }
  }

  /**
   * By tag: removes the tag alone. By digest: removes the manifest and every tag that points at it.
   * @throws RegistryError MANIFEST_UNKNOWN, NAME_UNKNOWN, DIGEST_INVALID, TAG_IMMUTABLE
   */
  async delete(repository: string, reference: string): Promise<void> {
    checkDigest(reference)
    const { index } = this.#context.storage
    const time = this.#context.now()
    const isFixed = (tag: string) => this.#options.isImmutable(repository, tag)
    if (isTag(reference) && isFixed(reference)) {
      await this.stat(repository, reference)
      throw immutable(reference)
    }
    const result = isDigest(reference)
      ? await index.manifests.delete(repository, reference, time, isFixed)
      : isTag(reference) && (await index.tags.delete(repository, reference, time))
    if (typeof result === 'object') throw immutable(result.fixedTag)
    if (!result) throw await this.#unknown(repository, reference)
  }

  #unknown(repository: string, reference: string): Promise<RegistryError> {
    return this.#context.unknown(
      repository,
      'MANIFEST_UNKNOWN',
      `no manifest ${reference.slice(0, 128)} in ${repository}`,
    )
  }
}

/** distribution-spec, "Pulling manifests": a reference with ":" can only be a digest. */
function checkDigest(reference: string): void {
  if (reference.includes(':') && !isDigest(reference)) {
    throw new RegistryError('DIGEST_INVALID', describeBadDigest(reference))
  }
}

function checkTags(tags: readonly string[]): void {
  if (tags.length > MOST_TAGS) {
    throw new RegistryError(
      'TOO_MANY_TAGS',
      `at most ${MOST_TAGS} tags can be set in one request: send the others in a further one`,
    )
  }
  if (!tags.every(isTag)) {
    throw new RegistryError(
      'TAG_INVALID',
      'a tag has 1 to 128 letters, digits, ".", "_" and "-", and does not begin with "." or "-"',
    )
  }
}

function immutable(tag: string): RegistryError {
  return new RegistryError(
    'TAG_IMMUTABLE',
    `the tag ${tag} is immutable here: it stays with its manifest; push under another tag`,
  )
}

function refuse(result: ManifestPutOutcome): void {
  switch (result.outcome) {
    case 'stored':
      return
    case 'precondition-failed':
      throw new RegistryError(
        'PRECONDITION_FAILED',
        'what is stored is not what the If-Match or If-None-Match header asks for: fetch it and try again',
      )
    case 'fixed-tag':
      throw immutable(result.tag)
    case 'missing':
      throw new RegistryError(
        'MANIFEST_BLOB_UNKNOWN',
        `the manifest names ${result.digests[0]}${result.digests.length > 1 ? ` and ${result.digests.length - 1} more` : ''}, which the repository does not hold: push it first`,
        { detail: { missing: result.digests.slice(0, MOST_NAMED) } },
      )
    case 'wrong-size':
      throw new RegistryError(
        'MANIFEST_INVALID',
        `the manifest gives ${result.digest} a size of ${result.expected} bytes, but it has ${result.actual}`,
        { detail: { digest: result.digest, expected: result.expected, actual: result.actual } },
      )
  }
}
