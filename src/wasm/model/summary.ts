import { RegistryError } from '../../oci/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Artifact } from './artifact.ts'
import type { ConsumerId, Verdict } from '../consumers/consumer.ts'
import { evaluate, type ConsumerResult } from '../assess/matrix.ts'
import { type Convention, recognise } from './convention.ts'
import type { StoredArtifacts } from '../live/stored-artifact.ts'

/** What a list says of an artifact: what is known without looking into it now. */
export interface Summary {
  readonly mediaType: string
  readonly artifactType?: string
  /** Bytes of the manifest and of what it names. */
  readonly size: number
  readonly convention: Pick<Convention, 'id' | 'title'>
  /** Whether those that it is made for load it. */
  readonly marks: readonly Mark[]
}

export interface Mark {
  readonly consumer: ConsumerId
  readonly title: string
  readonly verdict: Verdict['verdict']
}

/** Undefined if the manifest is gone, or was found damaged. */
export async function summarise(
  registry: Registry,
  artifacts: StoredArtifacts,
  repository: string,
  digest: string,
): Promise<Summary | undefined> {
  try {
    const found = await artifacts.find(registry, repository, digest, 'kept')
    const { record, artifact, known, children } = found
    const { id, title, madeFor } = recognise(artifact, known)
    const { mediaType, artifactType, size } = record
    const rows = madeFor.length === 0 ? [] : evaluate(found, children)
    return {
      mediaType,
      ...(artifactType !== undefined && { artifactType }),
      size: size + contentSize(artifact),
      convention: { id, title },
      marks: rows.filter(({ consumer }) => madeFor.includes(consumer)).map(markOf),
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

function markOf({ consumer, title, pull, run }: ConsumerResult): Mark {
  const verdicts = [pull.verdict, run.verdict]
  const worst = (['refuses', 'unknown'] as const).find((each) => verdicts.includes(each))
  return { consumer, title, verdict: worst ?? 'ok' }
}
