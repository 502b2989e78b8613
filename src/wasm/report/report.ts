import type { AssessmentRequest } from '../assess/assess.ts'
import type { Child } from '../model/artifact.ts'
import type { ConsumerId } from '../consumers/consumer.ts'
import type { Finding } from '../assess/finding.ts'
import { decide, type PolicyDecision } from '../policy/decision.ts'
import type { LayoutReport } from '../layouts/layout-report.ts'
import type { StoredLayout } from '../layouts/stored-layouts.ts'
import type { ConsumerResult, InspectedArtifact } from '../assess/matrix.ts'
import type { Policy } from '../policy/policy.ts'
import type { Listed } from '../read/capped-list.ts'
import type { BlobFacts } from '../read/facts.ts'
import { type Convention, recognise } from '../model/convention.ts'
import { wasmFileOf } from '../model/wasm-file.ts'

/** Children of an index that are listed. */
const MOST_CHILDREN = 256

/**
 * Everything that is known of a file or of an artifact in a registry, as plain JSON; `report-schema.ts` says it for others. Only
 * added to while `schemaVersion` is 1.
 */
export interface WasmReport {
  readonly schemaVersion: 1
  /** As it was asked for. */
  readonly reference: string
  /** Of the manifest: what WasmPlugin and Envoy Gateway call the sha256 of an image. */
  readonly digest?: string
  readonly mediaType?: string
  readonly artifactType?: string
  /** Of a file: the convention in which it would be pushed. */
  readonly convention: Convention
  /** Of an index that of the first child that anybody goes on with. */
  readonly module?: ModuleReport
  readonly consumers: readonly ConsumerResult[]
  readonly findings: readonly Finding[]
  readonly policy?: PolicyReport
  /** Of an index. */
  readonly children?: Listed<ChildReport>
  /** Manifests that were made of this one for other consumers, or of what its tag meant before. */
  readonly layouts?: readonly StoredLayout[]
  /** If it was made of another. */
  readonly layoutOf?: StoredLayout
}

/** The Wasm file in it, which is a layer or `plugin.wasm` in the last one. */
export interface ModuleReport extends BlobFacts {
  /** Hex digits: what Envoy calls the sha256 of its code. */
  readonly sha256?: string
  readonly inArchive: boolean
  /** Of the layer. */
  readonly digest?: string
  readonly title?: string
}

export interface PolicyReport extends Policy {
  /** What would happen if a tag were pointed at it now. */
  readonly outcome: PolicyDecision['outcome']
}

export interface ChildReport extends Child {
  /** Those that go on with it. */
  readonly selectedBy: readonly ConsumerId[]
  /** If it is here and somebody goes on with it. */
  readonly convention?: Convention
}

export interface ReportOptions {
  readonly subject: string
  readonly digest?: string
  readonly policy?: Policy
  readonly layouts?: LayoutReport
}

/** What there is to say about an artifact; the policy is told where there is one. */
export function reportOn(question: AssessmentRequest, options: ReportOptions): WasmReport {
  const { subject, digest, policy, layouts } = options
  const { artifact, children } = question
  const { mediaType, artifactType } = artifact
  const standing = policy ?? { mode: 'warn', ...onlyConsumers(question) }
  const { assessment, errors: lies, outcome } = decide(question, standing)
  const first = [...(children?.values() ?? [])][0]
  return {
    schemaVersion: 1,
    reference: subject,
    ...(digest !== undefined && { digest }),
    mediaType,
    ...(artifactType !== undefined && { artifactType }),
    convention: assessment.convention,
    ...moduleOf(first ?? question),
    consumers: assessment.consumers,
    findings: [...lies, ...assessment.refusals, ...assessment.hints, ...(layouts?.advice ?? [])],
    ...(policy && { policy: { ...policy, outcome } }),
    ...(artifact.children.length > 0 && { children: childrenOf(question, assessment.consumers) }),
    ...(layouts && { layouts: layouts.layouts }),
    ...(layouts?.layoutOf && { layoutOf: layouts.layoutOf }),
  }
}

function onlyConsumers({ consumers }: AssessmentRequest): Pick<Policy, 'consumers'> {
  return consumers ? { consumers } : {}
}

function moduleOf({ artifact, known }: InspectedArtifact): Pick<WasmReport, 'module'> {
  const file = wasmFileOf(artifact, known)
  if (!file?.facts) return {}
  const { facts, inArchive, layer } = file
  const { digest, title } = layer
  const ofLayer = digest.startsWith('sha256:') ? digest.slice('sha256:'.length) : undefined
  const sha256 = inArchive ? known.archives.get(digest)?.plugin?.sha256 : ofLayer
  return {
    module: {
      ...facts,
      inArchive,
      digest,
      ...(sha256 !== undefined && { sha256 }),
      ...(title !== undefined && { title }),
    },
  }
}

function childrenOf(
  { artifact, children }: AssessmentRequest,
  rows: readonly ConsumerResult[],
): Listed<ChildReport> {
  const items = artifact.children.slice(0, MOST_CHILDREN).map((child) => {
    const found = children?.get(child.digest)
    return {
      ...child,
      selectedBy: rows.flatMap((row) => (row.child === child.digest ? [row.consumer] : [])),
      ...(found && { convention: recognise(found.artifact, found.known) }),
    }
  })
  return { total: artifact.children.length, items }
}
