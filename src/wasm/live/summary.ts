import { madeFor } from '../assess/made-for.ts'
import type { ArtifactSummary, ConsumerMark } from '../../api/listings.ts'
import { KIB } from '../../base/sizes.ts'
import { RegistryError } from '../../oci/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Artifact } from '../model/artifact.ts'
import { evaluate, type ConsumerResult } from '../assess/matrix.ts'
import { worstOf } from '../consumers/shared/verdict.ts'
import { recognise } from '../model/convention.ts'
import { KNOWN_FACTS } from '../model/examination-scope.ts'
import type { StoredArtifacts } from './stored-artifacts.ts'

/** Bytes of a manifest that is not read for a listing. */
const LARGE_MANIFEST = 256 * KIB

/**
 * A row of a listing; undefined if the manifest is gone, damaged, no longer accepted or very large.
 */
export async function summarise(
  registry: Registry,
  artifacts: StoredArtifacts,
  repository: string,
  digest: string,
): Promise<ArtifactSummary | undefined> {
  try {
    const { size: length } = await registry.manifests.stat(repository, digest)
    if (length > LARGE_MANIFEST) return undefined
    const found = await artifacts.find(registry, repository, digest, KNOWN_FACTS)
    const { record, artifact, known, children } = found
    const { id, title } = recognise(artifact, known)
    const { mediaType, artifactType, size } = record
    return {
      mediaType,
      ...(artifactType !== undefined && { artifactType }),
      size: size + contentSize(artifact),
      convention: { id, title },
      marks: evaluate(found, children, madeFor(found)).map(markOf),
    }
  } catch (error) {
    if (error instanceof RegistryError && [400, 404].includes(error.status)) return undefined
    throw error
  }
}

function contentSize({ config, layers, children }: Artifact): number {
  return [...(config ? [config] : []), ...layers, ...children].reduce(
    (sum, { size }) => sum + size,
    0,
  )
}

function markOf(result: ConsumerResult): ConsumerMark {
  const { consumer, title } = result
  return { consumer, title, verdict: worstOf(result) }
}
