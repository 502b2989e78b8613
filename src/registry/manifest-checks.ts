import { describeBadDigest, isDigest } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import { isTag } from '../oci/name.ts'
import type { ManifestPutOutcome } from '../../storage/index/manifests.ts'

/** Tags in one request. The distribution-spec asks for at least ten (end-7b). */
const MAX_TAGS = 64
/** Missing digests listed in the details of an error. */
const MAX_MISSING = 20

/**
 * distribution-spec, "Pulling manifests": a reference with ":" can only be a digest.
 * @throws RegistryError DIGEST_INVALID
 */
export function assertReference(reference: string): void {
  if (reference.includes(':') && !isDigest(reference)) {
    throw new RegistryError('DIGEST_INVALID', describeBadDigest(reference))
  }
}

/** @throws RegistryError TAG_INVALID, TOO_MANY_TAGS */
export function assertTags(tags: readonly string[]): void {
  if (tags.length > MAX_TAGS) {
    throw new RegistryError(
      'TOO_MANY_TAGS',
      `at most ${MAX_TAGS} tags can be set in one request: set the others in another request`,
    )
  }
  if (!tags.every(isTag)) {
    throw new RegistryError(
      'TAG_INVALID',
      'a tag has 1 to 128 letters, digits, ".", "_" and "-", and does not begin with "." or "-"',
    )
  }
}

export function immutableTagError(tag: string): RegistryError {
  return new RegistryError(
    'TAG_IMMUTABLE',
    `the tag ${tag} is immutable here and cannot be moved or deleted: push under another tag`,
  )
}

/**
 * For a push whose derived manifests could not be stored, because other requests kept moving their
 * tags.
 */
export function tagsMovedError(): RegistryError {
  return new RegistryError(
    'CONFLICT',
    'other requests are moving a tag that this push moves, too: push again',
  )
}

export function preconditionFailedError(): RegistryError {
  return new RegistryError(
    'PRECONDITION_FAILED',
    'the stored manifest does not meet the If-Match or If-None-Match header: fetch it and try again',
  )
}

/** @throws RegistryError for every outcome but `stored` */
export function assertStored(result: ManifestPutOutcome): void {
  switch (result.outcome) {
    case 'stored':
      return
    case 'precondition-failed':
      throw preconditionFailedError()
    case 'other-type':
      throw new RegistryError(
        'CONFLICT',
        `the manifest is stored as ${result.mediaType}, and keeps that media type: push it with that Content-Type`,
      )
    case 'immutable-tag':
      throw immutableTagError(result.tag)
    case 'missing': {
      const [first, ...others] = result.digests
      const missing = others.length > 0 ? `${first} and ${others.length} more` : first
      throw new RegistryError(
        'MANIFEST_BLOB_UNKNOWN',
        `the manifest references ${missing}, which the repository does not hold: push it first`,
        { detail: { missing: result.digests.slice(0, MAX_MISSING) } },
      )
    }
    case 'wrong-size':
      throw new RegistryError(
        'MANIFEST_INVALID',
        `the manifest gives ${result.digest} a size of ${result.expected} bytes, but it has ${result.actual}`,
        { detail: { digest: result.digest, expected: result.expected, actual: result.actual } },
      )
  }
}
