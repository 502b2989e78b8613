import { assess, type Assessment, type AssessmentRequest } from '../assess/assess.ts'
import type { ConsumerId, RuleId } from '../consumers/consumer.ts'
import { namesOf, pushFor } from '../assess/commands.ts'
import type { Finding } from '../assess/finding.ts'
import { invalidLayers } from '../assess/invalid-layers.ts'
import { listed, nameOf } from '../assess/consumer-refusals.ts'
import type { LayoutName } from '../layouts/layout.ts'
import { remedies } from '../layouts/remedies.ts'
import { evaluate, type ConsumerResult } from '../assess/matrix.ts'
import type { Policy } from './policy.ts'
import { isExempt, PROXIES, recognise } from '../model/convention.ts'

/** What a policy says of an artifact that a tag is to point at. */
export interface PolicyDecision {
  /** With what no policy judges `exempt`. */
  readonly outcome: 'off' | 'exempt' | 'passes' | 'warns' | 'refuses'
  readonly assessment: Assessment
  /** Of the artifact and of those children that are known: refused, unless the policy is off. */
  readonly errors: readonly Finding[]
  /** What the policy refuses it for. */
  readonly refusals: readonly Finding[]
  /** What the one who pushes is told. */
  readonly warnings: readonly Finding[]
  /** Layouts that the policy makes with the push, because they help somebody whom the artifact does not. */
  readonly remedies: readonly LayoutName[]
  /** Refusals, or warnings, that are none any more with those layouts; the outcome is then `warns`. */
  readonly remedied: readonly Finding[]
}

type Judged = Omit<AssessmentRequest, 'consumers'>

export function decide(question: Judged, policy: Policy): PolicyDecision {
  const judgement = judgeAlone(question, policy)
  const { outcome, errors, refusals, warnings } = judgement
  if (errors.length > 0 || outcome === 'off' || outcome === 'exempt') return judgement
  const enforces = policy.mode === 'enforce'
  const { derive = [] } = policy
  const troubles = enforces ? refusals : warnings
  if (troubles.length === 0) return { ...judgement, remedies: remediesForOthers(question, derive) }
  // A layout holds the same file: what will not run will not run from there.
  if (troubles.some(({ rule }) => rule.startsWith('run-'))) return judgement
  const helping = remediesFor(question, consumersOf(troubles), derive)
  if (helping.length > 0)
    return { ...judgement, outcome: 'warns', remedies: helping, remedied: troubles }
  if (remediesFor(question, consumersOf(troubles), ['envoy']).length === 0) return judgement
  return enforces
    ? { ...judgement, refusals: withLayout(refusals, question, policy) }
    : { ...judgement, warnings: withLayout(warnings, question, policy) }
}

/** Those that findings are about. */
export function consumersOf(findings: readonly Finding[]): ConsumerId[] {
  const names = findings.flatMap(({ parameters }) => String(parameters['consumers']).split(','))
  return [...new Set(names)] as ConsumerId[]
}

/** Layouts that none of the consumers refuses. */
function remediesFor(
  question: Judged,
  consumers: readonly ConsumerId[],
  names: readonly LayoutName[],
): LayoutName[] {
  return remedies(question, names, (layout) => isTaken({ ...question, ...layout }, consumers))
}

/** Layouts for those of their pullers who do not matter to the policy, and would not take the artifact. */
function remediesForOthers(question: Judged, names: readonly LayoutName[]): LayoutName[] {
  if (names.length === 0) return []
  const refusing = PROXIES.filter((consumer) => !isTaken(question, [consumer]))
  const helped = refusing.flatMap((consumer) => remediesFor(question, [consumer], names))
  return names.filter((name) => helped.includes(name))
}

/** Whether none of the consumers is known to refuse it. */
function isTaken(question: Judged, consumers: readonly ConsumerId[]): boolean {
  const { artifact, known, children } = question
  const rows = evaluate(question, children, consumers)
  if (rows.some(({ pull, run }) => [pull, run].some(({ verdict }) => verdict === 'refuses')))
    return false
  const convention = recognise(artifact, known)
  return notWasm(question, { convention, consumers: rows }, consumers).length === 0
}

/** The same findings, the first with the way to a layout that would be taken: where it is refused the tag is not there. */
function withLayout(
  [first, ...others]: readonly Finding[],
  { reference, tag = '' }: Judged,
  { mode }: Policy,
): Finding[] {
  if (!first) return []
  const repository = reference.slice(reference.indexOf('/') + 1).replace(/[:@].*$/, '')
  const layouts = `POST /v2/${repository}/_wasmoor/wasm`
  const way =
    mode === 'enforce'
      ? `push it without a tag, then ${layouts}/<digest>?layout=envoy&tag=${tag}`
      : `${layouts}/${tag}?layout=envoy`
  return [{ ...first, fix: first.fix === undefined ? way : `${first.fix}, or ${way}` }, ...others]
}

function judgeAlone(question: Judged, policy: Policy): PolicyDecision {
  const { mode, consumers = [] } = policy
  const assessment = assess({ ...question, ...(policy.consumers && { consumers }) })
  const errors = [...assessment.errors, ...errorsOfChildren(question)]
  const base = { assessment, errors, refusals: [], warnings: [], remedies: [], remedied: [] }
  if (mode === 'off') return { ...base, outcome: 'off' }
  if (errors.length > 0) return { ...base, outcome: 'refuses' }
  if (isExempt(question.artifact, question.tag)) return { ...base, outcome: 'exempt' }
  if (mode === 'warn') {
    return {
      ...base,
      outcome: assessment.refusals.length > 0 ? 'warns' : 'passes',
      warnings: assessment.refusals,
    }
  }
  const refusals = [...assessment.refusals, ...notWasm(question, assessment, consumers)]
  const warnings = doubts(assessment.consumers, consumers)
  const outcome = refusals.length > 0 ? 'refuses' : warnings.length > 0 ? 'warns' : 'passes'
  return { ...base, refusals, warnings, outcome }
}

/** A child may have been pushed when its layers were not there yet. */
function errorsOfChildren({ children, reference }: AssessmentRequest): Finding[] {
  return [...(children?.values() ?? [])].flatMap(({ artifact, known }) =>
    invalidLayers(artifact, known, reference),
  )
}

/** What is not there to be loaded, also where it is not known what somebody would do with it. */
function notWasm(
  { artifact, children, reference }: AssessmentRequest,
  { convention, consumers: rows }: Pick<Assessment, 'convention' | 'consumers'>,
  consumers: readonly ConsumerId[],
): Finding[] {
  const selected = rows.flatMap(({ consumer, child }) =>
    consumers.includes(consumer) ? child : [],
  )
  const conventions =
    convention.id === 'index'
      ? [...new Set(selected)].flatMap((digest) => {
          const found = digest === undefined ? undefined : children?.get(digest)
          return found ? [recognise(found.artifact, found.known)] : []
        })
      : [convention]
  const found = conventions.find(({ id }) => id === 'none' || id === 'untyped')
  const [first] = consumers
  if (!found || first === undefined) return []
  const what =
    found.id === 'untyped'
      ? 'it has Wasm bytes in a layer that does not say so'
      : 'it is no Wasm artifact of a kind that is known'
  return [
    {
      rule: found.id === 'untyped' ? 'untyped' : 'not-wasm',
      severity: 'warning',
      parameters: { consumers: consumers.join(',') },
      text: `only what ${listed(namesIn(rows, consumers))} can load is taken here, and ${what}`,
      fix: pushFor(first, namesOf(artifact, reference)),
    },
  ]
}

function namesIn(rows: readonly ConsumerResult[], consumers: readonly ConsumerId[]): string[] {
  return rows.filter(({ consumer }) => consumers.includes(consumer)).map(nameOf)
}

const WHY: Partial<Record<RuleId, string>> = {
  'not-looked-at': 'what is in it has not been looked at',
  'partly-read': 'not all of it was understood',
  'no-wasm': 'no Wasm file was found in it',
}

/** Consumers of which it is not known whether they take and run it. */
function doubts(rows: readonly ConsumerResult[], consumers: readonly ConsumerId[]): Finding[] {
  return rows.flatMap((row) => {
    const { consumer, pull, run } = row
    const unknown = [pull, run].find(({ verdict }) => verdict === 'unknown')
    if (!consumers.includes(consumer) || !unknown) return []
    const why = WHY[unknown.rule] ?? 'its rules are documented nowhere'
    return [
      {
        rule: `${unknown === pull ? 'pull' : 'run'}-unknown`,
        severity: 'warning',
        parameters: { consumers: consumer, why: unknown.rule },
        text: `whether ${nameOf(row)} can load this is not known: ${why}`,
      },
    ]
  })
}
