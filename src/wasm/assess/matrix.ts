import type { Artifact, Known } from '../model/artifact.ts'
import { ASM } from '../consumers/asm.ts'
import { type Consumer, type ConsumerId, isVerdict, type Verdict } from '../consumers/consumer.ts'
import { ENVOY_GATEWAY } from '../consumers/envoy-gateway.ts'
import { ENVOY } from '../consumers/envoy.ts'
import { HIGRESS } from '../consumers/higress.ts'
import { ISTIO } from '../consumers/istio.ts'
import { KUBEWARDEN } from '../consumers/kubewarden.ts'
import { RUNWASI } from '../consumers/runwasi.ts'
import { SPIN } from '../consumers/spin.ts'
import { WASH } from '../consumers/wash.ts'
import { WASSETTE } from '../consumers/wassette.ts'
import { WKG } from '../consumers/wkg.ts'
import { NOT_LOOKED_AT, on } from '../consumers/verdict.ts'

export const CONSUMERS: readonly Consumer[] = [
  ISTIO,
  ENVOY_GATEWAY,
  HIGRESS,
  ASM,
  ENVOY,
  WKG,
  WASH,
  WASSETTE,
  SPIN,
  KUBEWARDEN,
  RUNWASI,
]

/** What one consumer does with an artifact: whether it takes it, and whether what it took then runs. */
export interface ConsumerResult {
  readonly consumer: ConsumerId
  readonly title: string
  readonly version: string
  readonly sources: readonly string[]
  /** Digest of the manifest that it goes on with, if the artifact is an index. */
  readonly child?: string
  readonly pull: Verdict
  readonly run: Verdict
}

/** An artifact with what is known of its content. */
export interface InspectedArtifact {
  readonly artifact: Artifact
  readonly known: Known
}

/**
 * What each consumer does with an artifact.
 * @param children of an index the manifests that are here, by digest; each consumer is judged by the one it selects
 * @param only those that are asked about, in our order; absent: all
 */
export function evaluate(
  { artifact, known }: InspectedArtifact,
  children: ReadonlyMap<string, InspectedArtifact> = new Map(),
  only?: readonly ConsumerId[],
): ConsumerResult[] {
  const asked = only ? CONSUMERS.filter(({ id }) => only.includes(id)) : CONSUMERS
  return asked.map((consumer) => {
    if (artifact.children.length === 0) return row(consumer, artifact, known)
    const selected = consumer.select(artifact.children)
    if (isVerdict(selected)) return rowOf(consumer, selected, unseen())
    const child = children.get(selected.digest)
    const judged = child
      ? row(consumer, child.artifact, child.known)
      : rowOf(consumer, unseen(), unseen())
    return { ...judged, child: selected.digest }
  })
}

/**
 * Digests of the manifests of an index that some consumer goes on with, few however many there are; where nobody goes on with any
 * of them the first, which says for whom the index was made.
 */
export function selectedFrom({ children }: Artifact): Set<string> {
  const [first] = children
  if (!first) return new Set()
  const selected = CONSUMERS.map(({ select }) => select(children))
  const digests = selected.flatMap((child) => (isVerdict(child) ? [] : [child.digest]))
  return new Set(digests.length > 0 ? digests : [first.digest])
}

function row(consumer: Consumer, artifact: Artifact, known: Known): ConsumerResult {
  const { verdict, file } = consumer.pull(artifact, known)
  // What takes nothing has nothing to run.
  return rowOf(consumer, verdict, file ? consumer.run(file) : nothing())
}

function rowOf(
  { id, title, version, sources }: Consumer,
  pull: Verdict,
  run: Verdict,
): ConsumerResult {
  return { consumer: id, title, version, sources, pull, run }
}

function unseen(): Verdict {
  return on('read', NOT_LOOKED_AT)
}

function nothing(): Verdict {
  return { verdict: 'unknown', rule: 'no-wasm', words: [], evidence: 'read' }
}
