import { describeBadDigest, isDigest, isDigestAlgorithm, looksLikeDigest } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import type { ReferrerRecord } from '../../storage/index/referrers.ts'
import type { Page, PageRequest } from '../../storage/index/page.ts'
import type { RegistryContext } from './context.ts'

/** distribution-spec v1.1: a list that does not fit a manifest is continued; manifests have 4 MiB, this leaves room for the frame. */
const LONGEST_LIST = 3_500_000
/** Read at a time: annotations may have megabytes each. */
const PIECE = 20

export class ReferrerRules {
  readonly #context: RegistryContext

  constructor(context: RegistryContext) {
    this.#context = context
  }

  /**
   * Manifests of the repository whose subject is `subject`; empty also where repository or subject are unknown
   * (distribution-spec v1.1, "Listing Referrers": never 404).
   * @throws RegistryError DIGEST_INVALID
   */
  async list(
    repository: string,
    subject: string,
    artifactType: string | undefined,
    page: PageRequest,
  ): Promise<Page<ReferrerRecord>> {
    const foreign =
      looksLikeDigest(subject) && !isDigestAlgorithm(subject.slice(0, subject.indexOf(':')))
    if (!isDigest(subject) && !foreign)
      throw new RegistryError('DIGEST_INVALID', describeBadDigest(subject))
    const entries: ReferrerRecord[] = []
    let bytes = 0
    let more = page.limit > 0
    while (more && entries.length < page.limit) {
      const after = entries.at(-1)?.position ?? page.after
      const piece = await this.#context.storage.index.referrers.list(
        repository,
        subject,
        artifactType,
        {
          limit: Math.min(PIECE, page.limit - entries.length),
          ...(after !== undefined && { after }),
        },
      )
      more = piece.more
      for (const entry of piece.entries) {
        bytes += JSON.stringify(entry).length
        if (bytes > LONGEST_LIST && entries.length > 0) return { entries, more: true }
        entries.push(entry)
      }
    }
    return { entries, more }
  }
}
