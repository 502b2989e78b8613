import type { Artifact } from '../model/artifact.ts'
import type { ConsumerId, RuleId, Verdict } from '../consumers/consumer.ts'
import type { ConsumerResult } from './matrix.ts'
import { isArchive } from '../model/media-types.ts'
import type { Convention } from '../model/convention.ts'
import { buildImage, namesOf, type Names, pushFor, wrapComponent } from './commands.ts'
import type { Finding } from './finding.ts'
import { printable } from './printable.ts'

/** Characters of a consumer's own words; their longest sentence names two media types. */
const LONGEST_WORDS = 400

export interface Judged {
  readonly artifact: Artifact
  readonly convention: Convention
  readonly rows: readonly ConsumerResult[]
  /** `host/repository:tag`, known to be plain. */
  readonly reference: string
}

/** A stage at which some consumers refuse for the same reason in the same words. */
interface Refusal {
  readonly stage: 'pull' | 'run'
  readonly verdict: Verdict
  readonly rows: ConsumerResult[]
}

/** The refusals of the consumers that matter, those with the same reason together. */
export function consumerRefusals(judged: Judged, consumers: readonly ConsumerId[]): Finding[] {
  const groups = new Map<string, Refusal>()
  for (const row of judged.rows) {
    if (!consumers.includes(row.consumer)) continue
    for (const stage of ['pull', 'run'] as const) {
      const verdict = row[stage]
      if (verdict.verdict !== 'refuses') continue
      const key = [stage, verdict.rule, ...verdict.words].join('\n')
      const group = groups.get(key) ?? { stage, verdict, rows: [] }
      group.rows.push(row)
      groups.set(key, group)
    }
  }
  return [...groups.values()].map((group) => found(group, judged))
}

function found({ stage, verdict, rows }: Refusal, judged: Judged): Finding {
  const who = listed(rows.map(nameOf))
  const words = printable(verdict.words.join(verdict.either ? ' or ' : '; '), LONGEST_WORDS)
  const what = stage === 'pull' ? 'will not take this' : 'will take this and fail to run it'
  return {
    rule: `${stage}-${verdict.rule}`,
    severity: 'warning',
    parameters: { consumers: rows.map(({ consumer }) => consumer).join(','), words },
    text: `${who} ${what}${words === '' ? '' : `: ${words}`}`,
    fix: fixOf(rows[0]!.consumer, verdict.rule, judged),
  }
}

function fixOf(consumer: ConsumerId, rule: RuleId, judged: Judged): string {
  const { artifact, convention, reference } = judged
  const names = namesOf(artifact, reference)
  const fix = FIXES[rule]
  if (fix) return fix(names)
  const last = artifact.layers.at(-1)
  // Raw bytes that were called an archive were never meant to be an image.
  const isImage = last && isArchive(last.mediaType) && convention.id !== 'untyped'
  return isImage && takesImages(consumer) ? buildImage(names) : pushFor(consumer, names)
}

const FIXES: Partial<Record<RuleId, (names: Names) => string>> = {
  abi: () =>
    'build it with a proxy-wasm SDK: it must export a function proxy_abi_version_0_2_1 (or 0_2_0, 0_1_0)',
  allocator: () =>
    'export a function malloc or proxy_on_memory_allocate of type (i32) -> i32, as the proxy-wasm SDKs do',
  'missing-import': () => 'build it without the import, or for the host that has it',
  'import-type': () => 'build it against the proxy-wasm ABI of its marker',
  'function-type': () => 'build it against the proxy-wasm ABI of its marker',
  'module-wanted': () => 'build a core module, not a component',
  'component-wanted': wrapComponent,
  'entry-wanted': () => 'build it as a command, with an exported function _start',
  'no-child': ({ reference }) =>
    `docker buildx build --provenance=false --platform linux/amd64 --push -t ${reference} .`,
  'no-plugin-file': buildImage,
  'archive-unreadable': buildImage,
  damaged: () => 'build or copy the file again and compare its sha256',
  bytecode: () => 'build the file again: its sections are not those of a module',
}

/** With its version, if that is a number people know it by. */
export function nameOf({ title, version }: ConsumerResult): string {
  const [number = ''] = version.split(' ')
  return /^\d+\.\d/.test(number) ? `${title} ${number}` : title
}

function takesImages(consumer: ConsumerId): boolean {
  return ['istio', 'envoy-gateway', 'higress', 'envoy'].includes(consumer)
}

/** `A, B and C` */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}
