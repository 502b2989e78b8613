import { describeBadDigest, isDigest, isDigestAlgorithm, looksLikeDigest } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import type { ReferrerRecord } from '../../storage/index/referrers.ts'
import type { Page, PageRequest } from '../../storage/index/page.ts'
import type { RegistryContext } from './context.ts'

/**
 * Bytes of the entries of one page. distribution-spec v1.1 allows as many as a manifest has; a
 * smaller page takes less memory for each request.
 */
export const MAX_PAGE_BYTES = 1_000_000
/** Entries read at a time. */
const BATCH = 20

/** The lists of manifests that refer to a subject. */
export class ReferrerService {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /**
   * The manifests of the repository whose subject is `subject`. Empty also for an unknown
   * repository or subject (distribution-spec v1.1, "Listing Referrers": never 404).
   * @throws RegistryError DIGEST_INVALID
   */
  async list(
    repository: string,
    subject: string,
    artifactType: string | undefined,
    page: PageRequest,
  ): Promise<Page<ReferrerRecord>> {
    const hasOtherAlgorithm =
      looksLikeDigest(subject) && !isDigestAlgorithm(subject.slice(0, subject.indexOf(':')))
    if (!isDigest(subject) && !hasOtherAlgorithm)
      throw new RegistryError('DIGEST_INVALID', describeBadDigest(subject))
    const entries: ReferrerRecord[] = []
    let bytes = 0
    let more = page.limit > 0
    while (more && entries.length < page.limit) {
      const after = entries.at(-1)?.position ?? page.after
      const batch = await this.#context.storage.index.referrers.list(
        repository,
        subject,
        artifactType,
        {
          limit: Math.min(BATCH, page.limit - entries.length),
          ...(after !== undefined && { after }),
        },
      )
      more = batch.more
      for (const entry of batch.entries) {
        bytes += JSON.stringify(entry).length
        if (bytes > MAX_PAGE_BYTES && entries.length > 0) return { entries, more: true }
        entries.push(entry)
      }
    }
    return { entries, more }
  }
}
