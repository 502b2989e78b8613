import { assess, type Assessment, type Question } from './assess.ts'
import type { ConsumerId, Rule } from './consumers/consumer.ts'
import { namesOf, pushFor } from './findings/commands.ts'
import type { Finding } from './findings/finding.ts'
import { findLies } from './findings/lies.ts'
import { listed, nameOf } from './findings/traps.ts'
import type { LayoutName } from './layouts/layout.ts'
import { reliefs } from './layouts/relief.ts'
import { evaluate, type Row } from './matrix.ts'
import type { Policy } from './policy.ts'
import { isExempt, PROXIES, recognise } from './recognise.ts'

/** What a policy says of an artifact that a tag is to point at. */
export interface PolicyJudgement {
  /** With what no policy judges `exempt`. */
  readonly outcome: 'off' | 'exempt' | 'passes' | 'warns' | 'refuses'
  readonly assessment: Assessment
  /** Of the artifact and of those children that are known: refused, unless the policy is off. */
  readonly lies: readonly Finding[]
  /** What the policy refuses it for. */
  readonly refusals: readonly Finding[]
  /** What the one who pushes is told. */
  readonly warnings: readonly Finding[]
  /** Layouts that the policy makes with the push, because they help somebody whom the artifact does not. */
  readonly reliefs: readonly LayoutName[]
  /** Refusals, or warnings, that are none any more with those layouts; the outcome is then `warns`. */
  readonly relieved: readonly Finding[]
}

type Judged = Omit<Question, 'consumers'>

export function judge(question: Judged, policy: Policy): PolicyJudgement {
  const judgement = judgeAlone(question, policy)
  const { outcome, lies, refusals, warnings } = judgement
  if (lies.length > 0 || outcome === 'off' || outcome === 'exempt') return judgement
  const enforces = policy.mode === 'enforce'
  const { derive = [] } = policy
  const troubles = enforces ? refusals : warnings
  if (troubles.length === 0) return { ...judgement, reliefs: reliefsForOthers(question, derive) }
  // A layout holds the same file: what will not run will not run from there.
  if (troubles.some(({ rule }) => rule.startsWith('run-'))) return judgement
  const helping = reliefsFor(question, consumersOf(troubles), derive)
  if (helping.length > 0)
    return { ...judgement, outcome: 'warns', reliefs: helping, relieved: troubles }
  if (reliefsFor(question, consumersOf(troubles), ['envoy']).length === 0) return judgement
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
function reliefsFor(
  question: Judged,
  consumers: readonly ConsumerId[],
  names: readonly LayoutName[],
): LayoutName[] {
  return reliefs(question, names, (layout) => isTaken({ ...question, ...layout }, consumers))
}

/** Layouts for those of their pullers who do not matter to the policy, and would not take the artifact. */
function reliefsForOthers(question: Judged, names: readonly LayoutName[]): LayoutName[] {
  if (names.length === 0) return []
  const refusing = PROXIES.filter((consumer) => !isTaken(question, [consumer]))
  const helped = refusing.flatMap((consumer) => reliefsFor(question, [consumer], names))
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

function judgeAlone(question: Judged, policy: Policy): PolicyJudgement {
  const { mode, consumers = [] } = policy
  const assessment = assess({ ...question, ...(policy.consumers && { consumers }) })
  const lies = [...assessment.lies, ...liesOfChildren(question)]
  const { traps } = assessment
  const judged = { assessment, lies, refusals: [], warnings: [], reliefs: [], relieved: [] }
  if (mode === 'off') return { ...judged, outcome: 'off' }
  if (lies.length > 0) return { ...judged, outcome: 'refuses' }
  if (isExempt(question.artifact, question.tag)) return { ...judged, outcome: 'exempt' }
  if (mode === 'warn') {
    return { ...judged, outcome: traps.length > 0 ? 'warns' : 'passes', warnings: traps }
  }
  const refusals = [...traps, ...notWasm(question, assessment, consumers)]
  const warnings = doubts(assessment.consumers, consumers)
  const outcome = refusals.length > 0 ? 'refuses' : warnings.length > 0 ? 'warns' : 'passes'
  return { ...judged, refusals, warnings, outcome }
}

/** A child may have been pushed when its layers were not there yet. */
function liesOfChildren({ children, reference }: Question): Finding[] {
  return [...(children?.values() ?? [])].flatMap(({ artifact, known }) =>
    findLies(artifact, known, reference),
  )
}

/** What is not there to be loaded, also where it is not known what somebody would do with it. */
function notWasm(
  { artifact, children, reference }: Question,
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
      level: 'trap',
      parameters: { consumers: consumers.join(',') },
      text: `only what ${listed(namesIn(rows, consumers))} can load is taken here, and ${what}`,
      fix: pushFor(first, namesOf(artifact, reference)),
    },
  ]
}

function namesIn(rows: readonly Row[], consumers: readonly ConsumerId[]): string[] {
  return rows.filter(({ consumer }) => consumers.includes(consumer)).map(nameOf)
}

const WHY: Partial<Record<Rule, string>> = {
  'not-looked-at': 'what is in it has not been looked at',
  'partly-read': 'not all of it was understood',
  'no-wasm': 'no Wasm file was found in it',
}

/** Consumers of which it is not known whether they take and run it. */
function doubts(rows: readonly Row[], consumers: readonly ConsumerId[]): Finding[] {
  return rows.flatMap((row) => {
    const { consumer, pull, run } = row
    const unknown = [pull, run].find(({ verdict }) => verdict === 'unknown')
    if (!consumers.includes(consumer) || !unknown) return []
    const why = WHY[unknown.rule] ?? 'its rules are documented nowhere'
    return [
      {
        rule: `${unknown === pull ? 'pull' : 'run'}-unknown`,
        level: 'trap',
        parameters: { consumers: consumer, why: unknown.rule },
        text: `whether ${nameOf(row)} can load this is not known: ${why}`,
      },
    ]
  })
}
