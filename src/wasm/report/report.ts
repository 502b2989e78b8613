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
 * Everything that is known of a file or of an artifact in a registry, as plain JSON;
 * `report-schema.ts` says it for others. Only added to while `schemaVersion` is 1.
 */
export interface WasmReport {
  readonly schemaVersion: 1
  /** As it was asked for. */
  readonly reference: string
  /** Of the manifest: what WasmPlugin and Envoy Gateway call the sha256 of an image. */
  readonly digest?: string | undefined
  readonly mediaType?: string
  readonly artifactType?: string | undefined
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
  readonly layouts?: readonly StoredLayout[] | undefined
  /** If it was made of another. */
  readonly layoutOf?: StoredLayout | undefined
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

/** The parts of a report that depend on where the artifact is. */
export interface ReportOptions {
  /** Of the manifest; absent for a file. */
  readonly digest?: string
  /** Absent where no policy applies. */
  readonly policy?: Policy
  readonly layouts?: LayoutReport
}

export function reportOn(request: AssessmentRequest, options: ReportOptions = {}): WasmReport {
  const { digest, policy, layouts } = options
  const { artifact, children, consumers, reference } = request
  const { mediaType, artifactType } = artifact
  const applied = policy ?? { mode: 'warn' as const, ...(consumers && { consumers }) }
  const { assessment, errors, outcome } = decide(request, applied)
  const [first] = children?.values() ?? []
  return {
    schemaVersion: 1,
    reference,
    digest,
    mediaType,
    artifactType,
    convention: assessment.convention,
    ...moduleOf(first ?? request),
    consumers: assessment.consumers,
    findings: [...errors, ...assessment.refusals, ...assessment.hints, ...(layouts?.advice ?? [])],
    ...(policy && { policy: { ...policy, outcome } }),
    ...(artifact.children.length > 0 && { children: childrenOf(request, assessment.consumers) }),
    layouts: layouts?.layouts,
    layoutOf: layouts?.layoutOf,
  }
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
