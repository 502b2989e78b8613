import type { Digest } from '../../oci/digest.ts'
import type { RegistryContext } from '../context.ts'
import type { BlobTransfer } from './transfer.ts'

/**
 * Makes the bytes of a verified transfer a blob of the repository: first the file, then its index
 * entry. Durable when it resolves.
 * @param upload id of the upload session that ends with it
 */
export async function commitBlob(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  { writer, running }: BlobTransfer,
  upload?: string,
): Promise<void> {
  const { now, storage } = context
  const { index, blobs } = storage
  const facts = running.facts(digest)
  // Otherwise each attempt would leave a file without an index entry.
  const { failure } = index.health
  if (failure) throw failure
  const rethrow = (error: unknown) => {
    // The file may be there, and whether the index has its entry shows only after a recovery.
    context.orphans.suspect()
    throw error
  }
  const saved = await writer.commit(digest).catch(rethrow)
  const link = {
    repository,
    digest,
    saved,
    time: now(),
    ...(upload !== undefined && { upload }),
    ...(facts && { facts }),
  }
  const { blob, unusedKey } = await index.blobs.link(link).catch(rethrow)
  if (unusedKey === undefined) return
  if ((await blobs.stat(blob.key)) === blob.size) {
    await blobs.remove(unusedKey)
    return
  }
  // The bytes that were there are damaged; the new ones replace them.
  await index.blobs.quarantine(digest, blob.key, now())
  await index.blobs.link(link)
}
