import { type Digest, digestOf } from '../../src/oci/digest.ts'
import { isArtifactType } from '../../src/oci/media-types.ts'
import type { Page, PageRequest } from '../index/page.ts'
import type { ReferrerRecord, Referrers } from '../index/referrers.ts'
import { lastPart, rowKey, under } from '../keys.ts'
import type { KeyValue } from './key-value.ts'
import { decode, readPage } from './rows.ts'

export type ReferrerRow = Omit<ReferrerRecord, 'position' | 'digest'>

/** Bytes of the annotations of a row, as JSON. The manifest has all of them. */
const MOST_ANNOTATIONS = 16 * 1024

export class ReferrerIndex implements Referrers {
  readonly #store: KeyValue

  constructor(store: KeyValue) {
    this.#store = store
  }

  list(
    repository: string,
    subject: string,
    artifactType: string | undefined,
    page: PageRequest,
  ): Promise<Page<ReferrerRecord>> {
    const parts = [
      'referrer',
      repository,
      subject,
      ...(artifactType === undefined ? [] : [typePart(artifactType)]),
    ]
    const range = under(...parts)
    return readPage(this.#store, { range, page }, ([key, value]) => ({
      position: key.slice(range.gt.length),
      digest: lastPart(key) as Digest,
      ...cutReferrer(decode<ReferrerRow>(value)),
    }))
  }
}

/**
 * The part of a referrer that lists show: annotations as long as there is room for them, in their
 * order. Earlier releases stored annotations and types of any length.
 */
export function cutReferrer({ artifactType, annotations, ...row }: ReferrerRow): ReferrerRow {
  let room = MOST_ANNOTATIONS
  const fitting = Object.entries(annotations).filter(([key, text]) => {
    if (key.length + text.length > room) return false
    const bytes = Buffer.byteLength(JSON.stringify({ [key]: text }))
    if (bytes > room) return false
    room -= bytes
    return true
  })
  return { ...row, ...listedType(artifactType), annotations: Object.fromEntries(fitting) }
}

/** The type, unless an earlier release stored one that no list should show. */
export function listedType(artifactType: string | undefined): { artifactType?: string } {
  return artifactType !== undefined && isArtifactType(artifactType) ? { artifactType } : {}
}

/** The key of a manifest's row in the list of its subject's referrers. */
export function referrerKey(
  repository: string,
  digest: Digest,
  subject: string,
  artifactType: string | undefined,
): string {
  return rowKey('referrer', repository, subject, typePart(artifactType), digest)
}

/** The part of a referrer's key for its artifactType, which may be any text. */
export function typePart(artifactType: string | undefined): string {
  return digestOf(Buffer.from(artifactType ?? '')).slice('sha256:'.length, 'sha256:'.length + 32)
}
