import { CONSUMERS } from '../consumers/all.ts'
import { type Consumer, isVerdict, type Release, type Verdict } from '../consumers/consumer.ts'
import type { ConsumerId } from '../consumers/ids.ts'
import { NOT_LOOKED_AT, withEvidence } from '../consumers/shared/verdict.ts'
import type { Artifact, InspectedArtifact, ContentFacts } from '../model/artifact.ts'

/** The verdicts of one consumer about an artifact: on the pull, and on running what it pulled. */
export interface ConsumerResult {
  readonly consumer: ConsumerId
  readonly title: string
  /** The release with which the verdicts were established. */
  readonly release: Release
  readonly sources: readonly string[]
  /** Whether the registry makes layouts for it of artifacts that it refuses. */
  readonly usesLayouts: boolean
  /** Whether there is a deployment text for it. */
  readonly hasSnippet: boolean
  /** Digest of the manifest that it selects, if the artifact is an index. */
  readonly child?: string
  readonly pull: Verdict
  readonly run: Verdict
}

/**
 * The verdicts of the consumers about an artifact.
 * @param children the manifests of an index that are here, by digest; each consumer's verdicts are
 *   about the one it selects
 * @param only the consumers to evaluate; absent: all
 * @param consumers all consumers; another list is for tests
 */
export function evaluate(
  { artifact, known }: InspectedArtifact,
  children: ReadonlyMap<string, InspectedArtifact> = new Map(),
  only?: readonly ConsumerId[],
  consumers: readonly Consumer<ConsumerId>[] = CONSUMERS,
): ConsumerResult[] {
  const evaluated = only ? consumers.filter(({ id }) => only.includes(id)) : consumers
  return evaluated.map((consumer) => {
    if (artifact.children.length === 0) return resultFor(consumer, artifact, known)
    const selected = consumer.select(artifact.children)
    if (isVerdict(selected)) return result(consumer, selected, NOT_EXAMINED)
    const child = children.get(selected.digest)
    const ofChild = child
      ? resultFor(consumer, child.artifact, child.known)
      : result(consumer, NOT_EXAMINED, NOT_EXAMINED)
    return { ...ofChild, child: selected.digest }
  })
}

/**
 * Digests of the manifests of an index that some consumer selects: a few, even in a large index. If
 * no consumer selects any, the first one, which shows the consumers that the index is made for.
 */
export function selectedFrom({ children }: Artifact): Set<string> {
  const [first] = children
  if (!first) return new Set()
  const selected = CONSUMERS.map(({ select }) => select(children))
  const digests = selected.flatMap((child) => (isVerdict(child) ? [] : [child.digest]))
  return new Set(digests.length > 0 ? digests : [first.digest])
}

/** `Istio 1.31`; the title alone where people know no number. */
export function formatConsumer({
  title,
  release,
}: Pick<ConsumerResult, 'title' | 'release'>): string {
  const { version, program } = release
  return version === undefined || program !== undefined ? title : `${title} ${version}`
}

/** `A, B and C` */
export function formatList(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}

function resultFor(
  consumer: Consumer<ConsumerId>,
  artifact: Artifact,
  known: ContentFacts,
): ConsumerResult {
  const { verdict, file } = consumer.pull(artifact, known)
  return result(consumer, verdict, file ? consumer.run(file) : NO_FILE)
}

function result(
  { id, title, releases, sources, usesLayouts, deploy }: Consumer<ConsumerId>,
  pull: Verdict,
  run: Verdict,
): ConsumerResult {
  const hasSnippet = typeof deploy === 'function'
  return { consumer: id, title, release: releases[0], sources, usesLayouts, hasSnippet, pull, run }
}

const NOT_EXAMINED: Verdict = withEvidence('read', NOT_LOOKED_AT)
const NO_FILE: Verdict = { verdict: 'unknown', rule: 'no-wasm', words: [], evidence: 'read' }
