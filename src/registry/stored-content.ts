import { isDigest } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import type { Facts } from '../../storage/index/facts.ts'
import type { BlobRules } from './blobs.ts'
import type { ManifestRules } from './manifests.ts'
import type { RepositoryContent } from './repository-content.ts'
import type { UploadRules } from './uploads/uploads.ts'

interface Rules {
  readonly blobs: BlobRules
  readonly manifests: ManifestRules
  readonly facts: Facts
  readonly uploads: UploadRules
}

/** The content of a repository by the rules by which it is served. */
export function storedContent(repository: string, rules: Rules): RepositoryContent {
  const { blobs, manifests, facts, uploads } = rules
  return {
    repository,
    manifest: (reference) =>
      present(async () => {
        const record = await manifests.stat(repository, reference)
        return { record, bytes: await manifests.bytes(repository, record) }
      }),
    addBlob: (digest, chunks) =>
      uploads.put(repository, digest, { chunks, abort: () => undefined }),
    async blob(digest) {
      if (!isDigest(digest)) return undefined
      const found = await present(() => blobs.stat(repository, digest))
      return (
        found && {
          size: found.size,
          facts: () => facts.get(digest),
          keepFacts: (text) => facts.put(digest, text),
          open: () => present(() => blobs.open(found)),
          damaged: (what) => blobs.damaged(found, what),
        }
      )
    },
  }
}

async function present<Found>(find: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) return undefined
    throw error
  }
}
