import { type Digest, digestOf } from '../../src/oci/digest.ts'
import type { Page, PageRequest } from '../index/page.ts'
import type { ReferrerRecord, Referrers } from '../index/referrers.ts'
import { lastPart, rowKey, under } from '../keys.ts'
import type { KeyValue } from './key-value.ts'
import { decode, readPage } from './rows.ts'

export type ReferrerRow = Omit<ReferrerRecord, 'position' | 'digest'>

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
      ...decode<ReferrerRow>(value),
    }))
  }
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
