import type { ConsumerId } from '../consumers/ids.ts'
import type { InspectedArtifact } from '../model/artifact.ts'
import { type Convention, isExempt, recognise } from '../model/convention.ts'
import { consumerRefusals } from './consumer-refusals.ts'
import type { Finding } from './finding.ts'
import { hints } from './hints.ts'
import { invalidLayers } from './invalid-layers.ts'
import { indexMadeFor, madeFor } from './made-for.ts'
import { type ConsumerResult, evaluate } from './matrix.ts'

export interface AssessmentRequest extends InspectedArtifact {
  /**
   * `host/repository:tag` or `host/repository@digest`, safe in a shell: commands are written with
   * it.
   */
  readonly reference: string
  readonly tag?: string
  /** The consumers to warn about; absent: those that the artifact is made for. */
  readonly consumers?: readonly ConsumerId[]
  /** Only results that a policy needs: of the consumers to warn about, and no hints. */
  readonly brief?: true
  /** The manifests of an index that are here, by digest. */
  readonly children?: ReadonlyMap<string, InspectedArtifact>
}

/** Everything that is known about an artifact as Wasm. */
export interface Assessment {
  readonly convention: Convention
  readonly madeFor: readonly ConsumerId[]
  readonly consumers: readonly ConsumerResult[]
  readonly errors: readonly Finding[]
  /** Refusals of the consumers to warn about; none for artifacts that are exempt from policies. */
  readonly refusals: readonly Finding[]
  readonly hints: readonly Finding[]
}

export function assess(request: AssessmentRequest): Assessment {
  const { artifact, known, reference, tag, brief, children = new Map() } = request
  const convention = recognise(artifact, known)
  const own = madeFor(request, convention)
  const relevant = request.consumers ?? (convention.id === 'index' ? indexMadeFor(children) : own)
  const consumers = evaluate(request, children, brief && relevant)
  return {
    convention,
    madeFor: own,
    consumers,
    errors: invalidLayers(artifact, known, reference),
    refusals: isExempt(artifact, tag)
      ? []
      : consumerRefusals({ artifact, convention, consumers, reference }, relevant),
    hints: brief ? [] : hints(artifact, known, convention, tag),
  }
}
