import type { Facts } from '../../storage/index/facts.ts'
import { isDigest } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import type { BlobService } from './blobs.ts'
import type { ManifestService } from './manifests.ts'
import type { RepositoryContent } from './repository-content.ts'
import type { UploadService } from './uploads/uploads.ts'

interface Services {
  readonly blobs: BlobService
  readonly manifests: ManifestService
  readonly uploads: UploadService
  readonly facts: Facts
}

/** The content of a repository, read and written by the same services as for clients. */
export function storedContent(
  repository: string,
  { blobs, manifests, uploads, facts }: Services,
): RepositoryContent {
  return {
    repository,
    manifest: (reference) =>
      ifFound(async () => {
        const record = await manifests.stat(repository, reference)
        return { record, bytes: await manifests.bytes(repository, record) }
      }),
    addBlob: (digest, chunks) =>
      uploads.put(repository, digest, { chunks, abort: () => undefined }),
    async blob(digest) {
      if (!isDigest(digest)) return undefined
      const blob = await ifFound(() => blobs.stat(repository, digest))
      return (
        blob && {
          size: blob.size,
          facts: () => facts.get(digest),
          putFacts: (encoded) => facts.put(digest, encoded),
          open: () => ifFound(() => blobs.open(blob)),
          quarantine: (damage) => blobs.quarantine(blob, damage),
        }
      )
    },
  }
}

async function ifFound<Found>(find: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) return undefined
    throw error
  }
}
