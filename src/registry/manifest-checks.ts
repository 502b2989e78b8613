import { describeBadDigest, isDigest } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import { isTag } from '../oci/name.ts'
import type { ManifestPutOutcome } from '../../storage/index/manifests.ts'

/** distribution-spec, end-7b: at least ten tags a request are to be taken. */
const MOST_TAGS = 64
const MOST_NAMED = 20

/** distribution-spec, "Pulling manifests": a reference with ":" can only be a digest. @throws RegistryError DIGEST_INVALID */
export function checkDigest(reference: string): void {
  if (reference.includes(':') && !isDigest(reference)) {
    throw new RegistryError('DIGEST_INVALID', describeBadDigest(reference))
  }
}

/** @throws RegistryError TAG_INVALID, TOO_MANY_TAGS */
export function checkTags(tags: readonly string[]): void {
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

export function immutableTagError(tag: string): RegistryError {
  return new RegistryError(
    'TAG_IMMUTABLE',
    `the tag ${tag} is immutable here: it stays with its manifest; push under another tag`,
  )
}

/** Others move the tags that a push moves beside its own. */
export function tagsMovedError(): RegistryError {
  return new RegistryError(
    'CONFLICT',
    'a tag that this push moves is being moved by others at the same time: push again',
  )
}

export function preconditionFailedError(): RegistryError {
  return new RegistryError(
    'PRECONDITION_FAILED',
    'what is stored is not what the If-Match or If-None-Match header asks for: fetch it and try again',
  )
}

/** @throws RegistryError for everything but `stored` */
export function assertStored(result: ManifestPutOutcome): void {
  switch (result.outcome) {
    case 'stored':
      return
    case 'precondition-failed':
      throw preconditionFailedError()
    case 'immutable-tag':
      throw immutableTagError(result.tag)
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
