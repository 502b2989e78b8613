import type { JsonObject } from '../oci/descriptor.ts'
import { RegistryError } from '../oci/errors.ts'
import { readManifest } from '../oci/manifest.ts'
import type { Registry } from '../registry/registry.ts'
import { type Artifact, readArtifact } from './artifact.ts'
import { type Convention, recognise } from './recognise.ts'

/** What a list says of an artifact: what its manifest tells alone. */
export interface Summary {
  readonly mediaType: string
  readonly artifactType?: string
  /** Bytes of the manifest and of what it names. */
  readonly size: number
  readonly convention: Pick<Convention, 'id' | 'title'>
}

const NOTHING_KNOWN = { blobs: new Map(), archives: new Map() }

/** Undefined if the manifest is gone, or was found damaged. */
export async function summarise(
  registry: Registry,
  repository: string,
  digest: string,
): Promise<Summary | undefined> {
  try {
    const record = await registry.manifests.stat(repository, digest)
    const bytes = await registry.manifests.bytes(repository, record)
    const body = JSON.parse(Buffer.from(bytes).toString()) as JsonObject
    const artifact = readArtifact(body, readManifest(bytes, record.mediaType))
    const { id, title } = recognise(artifact, NOTHING_KNOWN)
    const { mediaType, artifactType } = record
    return {
      mediaType,
      ...(artifactType !== undefined && { artifactType }),
      size: bytes.byteLength + contentSize(artifact),
      convention: { id, title },
    }
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) return undefined
    throw error
  }
}

function contentSize({ config, layers, children }: Artifact): number {
  return [...(config ? [config] : []), ...layers, ...children].reduce(
    (sum, { size }) => sum + size,
    0,
  )
}
