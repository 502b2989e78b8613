import type { Digest } from '../../oci/digest.ts'
import type { BlobTransfer } from './transfer.ts'
import type { RegistryContext } from '../context.ts'

/** Makes received bytes, whose digest was checked, a blob of the repository; durable when it resolves. */
export async function commitBlob(
  context: RegistryContext,
  repository: string,
  digest: Digest,
  { writer, digest: running }: BlobTransfer,
  upload?: string,
): Promise<void> {
  const { now, storage } = context
  const { index, blobs } = storage
  const facts = running.facts(digest)
  // A file whose link is refused then would be nobody's, and each try would leave another.
  const { failure } = index.health
  if (failure) throw failure
  const doubtful = (error: unknown) => {
    // Bytes may lie under a key by now; whether that is named after all shows when all has recovered.
    context.unnamedBytes = true
    throw error
  }
  const saved = await writer.commit(digest).catch(doubtful)
  const link = {
    repository,
    digest,
    saved,
    time: now(),
    ...(upload !== undefined && { upload }),
    ...(facts && { facts }),
  }
  const { blob, unusedKey } = await index.blobs.link(link).catch(doubtful)
  if (unusedKey === undefined) return
  if ((await blobs.stat(blob.key)) === blob.size) {
    await blobs.remove(unusedKey)
    return
  }
  // What was there is no good any more; the bytes that just arrived are.
  await index.blobs.quarantine(digest, blob.key, now())
  await index.blobs.link(link)
}
