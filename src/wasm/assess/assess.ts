import type { ConsumerId } from '../consumers/consumer.ts'
import { hints } from './hints.ts'
import type { Finding } from './finding.ts'
import { invalidLayers } from './invalid-layers.ts'
import { consumerRefusals } from './consumer-refusals.ts'
import { evaluate, type ConsumerResult, type InspectedArtifact } from './matrix.ts'
import { type Convention, isExempt, recognise } from '../model/convention.ts'

export interface AssessmentRequest extends InspectedArtifact {
  /** `host/repository:tag` or `host/repository@digest`, known to be plain: commands are written with it. */
  readonly reference: string
  readonly tag?: string
  /** Those whose refusals matter; absent: those that the convention is made for. */
  readonly consumers?: readonly ConsumerId[]
  /** Only what decides is wanted: the rows of those whose refusals matter, and no advice. */
  readonly brief?: true
  /** Of an index the manifests that are here, by digest. */
  readonly children?: ReadonlyMap<string, InspectedArtifact>
}

/** Everything that can be said about an artifact as Wasm. */
export interface Assessment {
  readonly convention: Convention
  readonly consumers: readonly ConsumerResult[]
  readonly errors: readonly Finding[]
  /** Of the consumers that matter; none for what no policy judges. */
  readonly refusals: readonly Finding[]
  readonly hints: readonly Finding[]
}

export function assess(question: AssessmentRequest): Assessment {
  const { artifact, known, reference, tag, brief, children } = question
  const convention = recognise(artifact, known)
  const matter = question.consumers ?? madeFor(convention, children)
  const rows = evaluate(question, children, brief && matter)
  const judged = { artifact, convention, rows, reference }
  return {
    convention,
    consumers: rows,
    errors: invalidLayers(artifact, known, reference),
    refusals: isExempt(artifact, tag) ? [] : consumerRefusals(judged, matter),
    hints: brief ? [] : hints(artifact, known, convention, tag),
  }
}

/** An index is made for those that its children are made for. */
function madeFor(
  convention: Convention,
  children: ReadonlyMap<string, InspectedArtifact> = new Map(),
): readonly ConsumerId[] {
  if (convention.id !== 'index') return convention.madeFor
  const conventions = [...children.values()].map(({ artifact, known }) =>
    recognise(artifact, known),
  )
  return [...new Set(conventions.flatMap((one) => one.madeFor))]
}
