import { CONSUMERS } from '../consumers/all.ts'
import type { Consumer, RuleId, Verdict } from '../consumers/consumer.ts'
import type { ConsumerId } from '../consumers/ids.ts'
import { pushImage, type PushNames } from '../consumers/shared/push-commands.ts'
import type { Artifact } from '../model/artifact.ts'
import type { Convention } from '../model/convention.ts'
import { isArchive } from '../model/media-types.ts'
import { printable } from '../model/printable.ts'
import { namesOf, wrapComponent } from './commands.ts'
import type { Finding, Fix, Stage } from './finding.ts'
import { type ConsumerResult, formatConsumer, formatList } from './matrix.ts'

/** Characters of a consumer's message; the longest one names two media types. */
const LONGEST_MESSAGE = 400

export interface EvaluatedArtifact {
  readonly artifact: Artifact
  readonly convention: Convention
  readonly consumers: readonly ConsumerResult[]
  /** `host/repository:tag`, safe in a shell. */
  readonly reference: string
}

/** Consumers that refuse at the same stage for the same reason in the same words. */
interface Refusal {
  readonly stage: Stage
  readonly verdict: Verdict
  readonly results: ConsumerResult[]
}

/** The refusals of some consumers, one finding for each reason. */
export function consumerRefusals(
  evaluated: EvaluatedArtifact,
  relevant: readonly ConsumerId[],
): Finding[] {
  const refusals = new Map<string, Refusal>()
  for (const result of evaluated.consumers) {
    if (!relevant.includes(result.consumer)) continue
    for (const stage of ['pull', 'run'] as const) {
      const verdict = result[stage]
      if (verdict.verdict !== 'refuses') continue
      const key = [stage, verdict.rule, ...verdict.words].join('\n')
      const refusal = refusals.get(key) ?? { stage, verdict, results: [] }
      refusal.results.push(result)
      refusals.set(key, refusal)
    }
  }
  return [...refusals.values()].map((refusal) => findingOf(refusal, evaluated))
}

function findingOf({ stage, verdict, results }: Refusal, evaluated: EvaluatedArtifact): Finding {
  const names = formatList(results.map(formatConsumer))
  const words = printable(verdict.words.join(verdict.either ? ' or ' : '; '), LONGEST_MESSAGE)
  const what = stage === 'pull' ? 'will not pull this' : 'will pull this and fail to run it'
  return {
    rule: `${stage}-${verdict.rule}`,
    severity: 'warning',
    stage,
    consumers: results.map(({ consumer }) => consumer),
    parameters: { words },
    text: `${names} ${what}${words === '' ? '' : `: ${words}`}`,
    fix: fixOf(results[0]!.consumer, verdict.rule, evaluated),
  }
}

function fixOf(
  id: ConsumerId,
  rule: RuleId,
  { artifact, convention, reference }: EvaluatedArtifact,
): Fix {
  const names = namesOf(artifact, reference)
  const fix = FIXES[rule]
  if (fix) return fix(names)
  const last = artifact.layers.at(-1)
  // Raw bytes with the media type of an archive were never meant to be an image.
  const isImage = last && isArchive(last.mediaType) && convention.id !== 'untyped'
  const { acceptsImages, push } = consumerOf(id)
  return { command: isImage && acceptsImages ? pushImage(names) : push(names) }
}

/** The consumer with an id. */
export function consumerOf(id: ConsumerId): Consumer<ConsumerId> {
  return CONSUMERS.find((consumer) => consumer.id === id)!
}

const FIXES: Partial<Record<RuleId, (names: PushNames) => Fix>> = {
  abi: () => ({
    text: 'build it with a proxy-wasm SDK: it must export a function proxy_abi_version_0_2_1 (or 0_2_0, 0_1_0)',
  }),
  allocator: () => ({
    text: 'export a function malloc or proxy_on_memory_allocate of type (i32) -> i32, as the proxy-wasm SDKs do',
  }),
  'missing-import': () => ({ text: 'build it without the import, or for the host that has it' }),
  'import-type': () => ({ text: 'build it against the proxy-wasm ABI of its marker' }),
  'function-type': () => ({ text: 'build it against the proxy-wasm ABI of its marker' }),
  'module-wanted': () => ({ text: 'build a core module, not a component' }),
  'component-wanted': (names) => ({ command: wrapComponent(names) }),
  'entry-wanted': () => ({ text: 'build it as a command, with an exported function _start' }),
  'no-child': ({ reference }) => ({
    command: `docker buildx build --provenance=false --platform linux/amd64 --push -t ${reference} .`,
  }),
  'no-plugin-file': (names) => ({ command: pushImage(names) }),
  'archive-unreadable': (names) => ({ command: pushImage(names) }),
  damaged: () => ({ text: 'build or copy the file again and compare its sha256' }),
  bytecode: () => ({ text: 'build the file again: its sections are not those of a module' }),
}
