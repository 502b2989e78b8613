import { assess, type Assessment, type AssessmentRequest } from '../assess/assess.ts'
import { namesOf } from '../assess/commands.ts'
import { consumerOf } from '../assess/consumer-refusals.ts'
import { consumersOf, type Finding } from '../assess/finding.ts'
import { invalidLayers } from '../assess/invalid-layers.ts'
import { type ConsumerResult, evaluate, formatConsumer, formatList } from '../assess/matrix.ts'
import { CONSUMERS } from '../consumers/all.ts'
import type { RuleId } from '../consumers/consumer.ts'
import type { ConsumerId } from '../consumers/ids.ts'
import { worstOf } from '../consumers/shared/verdict.ts'
import type { LayoutName } from '../layouts/layout.ts'
import { possibleLayouts } from '../layouts/remedies.ts'
import { type Convention, isExempt, recognise } from '../model/convention.ts'
import type { Policy } from './policy.ts'

/** The decision of a policy about an artifact at which a tag is to point. */
export interface PolicyDecision {
  /** `exempt` for artifacts that no policy applies to. */
  readonly outcome: 'off' | 'exempt' | 'passes' | 'warns' | 'refuses'
  readonly assessment: Assessment
  /** Of the artifact and of its known children: they are rejected unless the policy is off. */
  readonly errors: readonly Finding[]
  /** The findings for which the policy refuses the tag. */
  readonly refusals: readonly Finding[]
  /** The findings that the client gets as warnings. */
  readonly warnings: readonly Finding[]
  /** Layouts to derive with the push, because consumers accept them that refuse the artifact. */
  readonly remedies: readonly LayoutName[]
  /** Refusals or warnings that those layouts resolve; the outcome is then `warns`. */
  readonly remedied: readonly Finding[]
}

type Request = Omit<AssessmentRequest, 'consumers'>

export function decide(request: Request, policy: Policy): PolicyDecision {
  const decision = decideWithoutLayouts(request, policy)
  const { outcome, errors, refusals, warnings } = decision
  if (errors.length > 0 || outcome === 'off' || outcome === 'exempt') return decision
  const enforces = policy.mode === 'enforce'
  const { derive = [] } = policy
  const blocking = enforces ? refusals : warnings
  if (blocking.length === 0) return { ...decision, remedies: remediesForOthers(request, derive) }
  // A layout contains the same file, so it cannot help at the stage `run`.
  if (blocking.some(({ stage }) => stage === 'run')) return decision
  const names = [...new Set<LayoutName>([...derive, 'envoy'])]
  const accepted = possibleLayouts(request, names, consumersOf(blocking))
    .filter(({ refusedBy }) => refusedBy.length === 0)
    .map(({ name }) => name)
  const remedies = derive.filter((name) => accepted.includes(name))
  if (remedies.length > 0) return { ...decision, outcome: 'warns', remedies, remedied: blocking }
  if (!accepted.includes('envoy')) return decision
  return enforces
    ? { ...decision, refusals: withLayoutAsFix(refusals, request, policy) }
    : { ...decision, warnings: withLayoutAsFix(warnings, request, policy) }
}

/** Layouts for the consumers that the policy does not name, and that would refuse the artifact. */
function remediesForOthers(request: Request, names: readonly LayoutName[]): LayoutName[] {
  if (names.length === 0) return []
  const ids = CONSUMERS.filter(({ usesLayouts }) => usesLayouts).map(({ id }) => id)
  const results = evaluate(request, request.children, ids)
  const isWasm =
    notWasm(request, recognise(request.artifact, request.known), results, ids).length === 0
  const refusing = results.filter((result) => !isWasm || worstOf(result) === 'refuses')
  return possibleLayouts(request, names, ids)
    .filter(({ refusedBy }) => refusing.some(({ consumer }) => !refusedBy.includes(consumer)))
    .map(({ name }) => name)
}

/**
 * The findings with a layout as an alternative fix of the first one. A tag that is refused does not
 * exist yet, so the fix begins with a push without a tag.
 */
function withLayoutAsFix(
  [first, ...others]: readonly Finding[],
  { reference, tag = '' }: Request,
  { mode }: Policy,
): Finding[] {
  if (!first) return []
  const repository = reference.slice(reference.indexOf('/') + 1).replace(/[:@].*$/, '')
  const layouts = `POST /v2/${repository}/_wasmoor/wasm`
  const layout =
    mode === 'enforce'
      ? {
          text: 'push it without a tag, then derive the layout',
          command: `${layouts}/<digest>?layout=envoy&tag=${tag}`,
        }
      : { command: `${layouts}/${tag}?layout=envoy` }
  return [
    { ...first, fix: first.fix === undefined ? layout : { ...first.fix, or: layout } },
    ...others,
  ]
}

function decideWithoutLayouts(request: Request, policy: Policy): PolicyDecision {
  const { mode, consumers = [] } = policy
  const assessment = assess({ ...request, ...(policy.consumers && { consumers }) })
  const errors = [...assessment.errors, ...errorsOfChildren(request)]
  const base = { assessment, errors, refusals: [], warnings: [], remedies: [], remedied: [] }
  if (mode === 'off') return { ...base, outcome: 'off' }
  if (errors.length > 0) return { ...base, outcome: 'refuses' }
  if (isExempt(request.artifact, request.tag)) return { ...base, outcome: 'exempt' }
  if (mode === 'warn') {
    const warnings = assessment.refusals
    return { ...base, outcome: warnings.length > 0 ? 'warns' : 'passes', warnings }
  }
  const unknown = unknownVerdicts(assessment.consumers, consumers)
  // Content that the registry could not read may be made so on purpose, to be admitted.
  const isUndocumented = ({ parameters }: Finding) => parameters['why'] === 'not-documented'
  const refusals = [
    ...assessment.refusals,
    ...notWasm(request, assessment.convention, assessment.consumers, consumers),
    ...unknown.filter((finding) => !isUndocumented(finding)),
  ]
  const warnings = unknown.filter(isUndocumented)
  const outcome = refusals.length > 0 ? 'refuses' : warnings.length > 0 ? 'warns' : 'passes'
  return { ...base, refusals, warnings, outcome }
}

/** A child may have been pushed before its layers were there. */
function errorsOfChildren({ children, reference }: Request): Finding[] {
  return [...(children?.values() ?? [])].flatMap(({ artifact, known }) =>
    invalidLayers(artifact, known, reference),
  )
}

/**
 * The refusal of an artifact that has no Wasm for the consumers, even where their verdict is
 * unknown.
 */
function notWasm(
  { artifact, children, reference }: Request,
  convention: Convention,
  results: readonly ConsumerResult[],
  consumers: readonly ConsumerId[],
): Finding[] {
  const own = results.filter(({ consumer }) => consumers.includes(consumer))
  const selected = own.flatMap(({ child }) => child ?? [])
  const conventions =
    convention.id === 'index'
      ? [...new Set(selected)].flatMap((digest) => {
          const child = children?.get(digest)
          return child ? [recognise(child.artifact, child.known)] : []
        })
      : [convention]
  const found = conventions.find(({ id }) => id === 'none' || id === 'untyped')
  const [first] = consumers
  if (!found || first === undefined) return []
  const what =
    found.id === 'untyped'
      ? 'this has Wasm in a layer without a Wasm media type'
      : 'this is not a known kind of Wasm artifact'
  return [
    {
      rule: found.id === 'untyped' ? 'untyped' : 'not-wasm',
      severity: 'warning',
      consumers,
      parameters: {},
      text: `the repository accepts only artifacts that ${formatList(own.map(formatConsumer))} can load, and ${what}`,
      fix: { command: consumerOf(first).push(namesOf(artifact, reference)) },
    },
  ]
}

const REASONS: Partial<Record<RuleId, string>> = {
  'not-looked-at': 'its content has not been read',
  'partly-read': 'its content was not understood completely',
  'no-wasm': 'it has no Wasm file',
}

/** Findings about consumers whose verdict is unknown, and that do not refuse at another stage. */
function unknownVerdicts(
  results: readonly ConsumerResult[],
  consumers: readonly ConsumerId[],
): Finding[] {
  return results.flatMap((result) => {
    const { consumer, pull, run } = result
    const unknown = [pull, run].find(({ verdict }) => verdict === 'unknown')
    if (!consumers.includes(consumer) || !unknown || worstOf(result) === 'refuses') return []
    const stage = unknown === pull ? 'pull' : 'run'
    const reason = REASONS[unknown.rule] ?? 'its rules are not documented'
    return [
      {
        rule: `${stage}-unknown`,
        severity: 'warning',
        stage,
        consumers: [consumer],
        parameters: { why: unknown.rule },
        text: `it is not known whether ${formatConsumer(result)} can load this: ${reason}`,
      },
    ]
  })
}
