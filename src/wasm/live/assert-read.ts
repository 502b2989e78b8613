import { RegistryError } from '../../oci/errors.ts'
import type { RepositoryContent } from '../../registry/repository-content.ts'
import type { UnreadContent } from '../report/inspect-artifact.ts'

/** Seconds after which an examination has probably ended. */
const RETRY_AFTER = '10'

/**
 * For a policy that enforces, which admits nothing that it has not seen.
 * @throws RegistryError MANIFEST_BLOB_UNKNOWN if some of it is not in the repository, UNAVAILABLE
 *   if
 *   its examination has not ended yet
 */
export async function assertRead(
  content: RepositoryContent,
  unread: readonly UnreadContent[],
): Promise<void> {
  for (const { kind, digest } of unread) {
    if (kind === 'blob' && (await content.blob(digest))) continue
    throw new RegistryError(
      'MANIFEST_BLOB_UNKNOWN',
      `the policy of this repository depends on ${digest}, which the repository does not hold: push it first`,
      { detail: { missing: [digest] } },
    )
  }
  if (unread.length === 0) return
  throw new RegistryError(
    'UNAVAILABLE',
    'the policy of this repository depends on content that is still being examined: push again in a few seconds',
    { headers: { 'Retry-After': RETRY_AFTER } },
  )
}
