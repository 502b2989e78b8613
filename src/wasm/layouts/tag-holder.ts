import type { Digest } from '../../oci/digest.ts'
import { readManifest } from '../../oci/manifest.ts'
import type { RepositoryContent } from '../../registry/repository-content.ts'
import type { Condition } from '../../../storage/index/condition.ts'
import { readMark } from './layout.ts'

/** What a tag points at that a layout is to have. */
export interface TagHolder {
  readonly digest?: Digest
  /** Whether it may be moved: it is free, or holds what was made here. */
  readonly free: boolean
  /** Holds as long as that is so. */
  readonly condition: Condition
}

export async function holderOf(content: RepositoryContent, tag: string): Promise<TagHolder> {
  const found = await content.manifest(tag)
  if (!found) return { free: true, condition: { noneMatch: '*' } }
  const { digest, mediaType } = found.record
  const free = readMark(readManifest(found.bytes, mediaType)) !== undefined
  return { digest, free, condition: { match: [digest] } }
}
