import type { Digest } from '../../oci/digest.ts'
import { readStoredManifest } from '../../oci/manifest.ts'
import type { RepositoryContent } from '../../registry/repository-content.ts'
import type { Condition } from '../../../storage/index/condition.ts'
import { readMark } from './layout.ts'

/** The manifest to which the tag wanted for a layout points now. */
export interface TagHolder {
  readonly digest?: Digest
  /** Whether the tag may be moved: it does not exist, or points to a layout. */
  readonly free: boolean
  /** The condition that holds until the tag is moved. */
  readonly condition: Condition
}

export async function holderOf(content: RepositoryContent, tag: string): Promise<TagHolder> {
  const found = await content.manifest(tag)
  if (!found) return { free: true, condition: { noneMatch: '*' } }
  const { digest, mediaType } = found.record
  const manifest = readStoredManifest(found.bytes, mediaType)
  const free = manifest !== undefined && readMark(manifest) !== undefined
  return { digest, free, condition: { match: [digest] } }
}
