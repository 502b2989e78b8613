import type { ConsumerId } from './consumers/consumer.ts'
import { findAdvice } from './findings/advice.ts'
import type { Finding } from './findings/finding.ts'
import { findLies } from './findings/lies.ts'
import { findTraps } from './findings/traps.ts'
import { evaluate, type Row, type Subject } from './matrix.ts'
import { type Convention, isExempt, recognise } from './recognise.ts'

export interface Question extends Subject {
  /** `host/repository:tag` or `host/repository@digest`, known to be plain: commands are written with it. */
  readonly reference: string
  readonly tag?: string
  /** Those whose refusals matter; absent: those that the convention is made for. */
  readonly consumers?: readonly ConsumerId[]
  /** Only what decides is wanted: the rows of those whose refusals matter, and no advice. */
  readonly brief?: true
  /** Of an index the manifests that are here, by digest. */
  readonly children?: ReadonlyMap<string, Subject>
}

/** Everything that can be said about an artifact as Wasm. */
export interface Assessment {
  readonly convention: Convention
  readonly consumers: readonly Row[]
  readonly lies: readonly Finding[]
  /** Of the consumers that matter; none for what no policy judges. */
  readonly traps: readonly Finding[]
  readonly advice: readonly Finding[]
}

export function assess(question: Question): Assessment {
  const { artifact, known, reference, tag, brief, children } = question
  const convention = recognise(artifact, known)
  const matter = question.consumers ?? madeFor(convention, children)
  const rows = evaluate(question, children, brief && matter)
  const judged = { artifact, convention, rows, reference }
  return {
    convention,
    consumers: rows,
    lies: findLies(artifact, known, reference),
    traps: isExempt(artifact, tag) ? [] : findTraps(judged, matter),
    advice: brief ? [] : findAdvice(artifact, known, convention, tag),
  }
}

/** An index is made for those that its children are made for. */
function madeFor(
  convention: Convention,
  children: ReadonlyMap<string, Subject> = new Map(),
): readonly ConsumerId[] {
  if (convention.id !== 'index') return convention.madeFor
  const conventions = [...children.values()].map(({ artifact, known }) =>
    recognise(artifact, known),
  )
  return [...new Set(conventions.flatMap((one) => one.madeFor))]
}
