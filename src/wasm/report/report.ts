import type { Child } from '../../oci/descriptor.ts'
import type { AssessmentRequest } from '../assess/assess.ts'
import type { InspectedArtifact } from '../model/artifact.ts'
import type { ConsumerId } from '../consumers/ids.ts'
import type { Finding } from '../assess/finding.ts'
import { decide, type PolicyDecision } from '../policy/decision.ts'
import type { LayoutReport } from '../layouts/layout-report.ts'
import type { StoredLayout } from '../layouts/stored-layouts.ts'
import { madeFor } from '../assess/made-for.ts'
import type { ConsumerResult } from '../assess/matrix.ts'
import type { Policy } from '../policy/policy.ts'
import type { CountedList } from '../read/capped-list.ts'
import type { BlobFacts } from '../read/facts.ts'
import { type Convention, recognise } from '../model/convention.ts'
import { wasmFileOf } from '../model/wasm-file.ts'

/** Children of an index in a report. */
const MAX_CHILDREN = 256

/**
 * Everything known about a file, or about an artifact in a registry, as plain JSON. The schema is
 * in schema.ts. While `schemaVersion` is 1 fields are only added.
 */
export interface WasmReport {
  readonly schemaVersion: 1
  /** `HOST/REPOSITORY:TAG` or `HOST/REPOSITORY@DIGEST`; of a file its path. */
  readonly reference: string
  /** Of the manifest: the sha256 of an image in WasmPlugin and Envoy Gateway. Absent for a file. */
  readonly digest?: string | undefined
  readonly mediaType?: string
  readonly artifactType?: string | undefined
  /** For a file: the convention it would be pushed in. */
  readonly convention: ReportedConvention
  /** For an index: the module of the first child that a consumer selects. */
  readonly module?: ModuleReport
  readonly consumers: readonly ConsumerResult[]
  readonly findings: readonly Finding[]
  readonly policy?: PolicyReport
  /** Only for an index. */
  readonly children?: CountedList<ChildReport>
  /** Layouts derived from this manifest, plus stale ones under the tag's layout names. */
  readonly layouts?: readonly StoredLayout[] | undefined
  /** If it is a layout itself. */
  readonly layoutOf?: StoredLayout | undefined
}

export interface ReportedConvention extends Convention {
  /** The consumers that the artifact is made for. */
  readonly madeFor: readonly ConsumerId[]
}

/** The Wasm file of an artifact: a layer, or `plugin.wasm` in the last one. */
export interface ModuleReport extends BlobFacts {
  /** Hex digits, of the file: the sha256 of code in Envoy. */
  readonly sha256?: string
  readonly inArchive: boolean
  /** Of the layer. */
  readonly digest?: string
  readonly title?: string
}

export interface PolicyReport extends Policy {
  /** The result if a tag were set to the artifact now. */
  readonly outcome: PolicyDecision['outcome']
}

export interface ChildReport extends Child {
  /** Consumers that select it. */
  readonly selectedBy: readonly ConsumerId[]
  /** If it is in the repository and a consumer selects it. */
  readonly convention?: ReportedConvention
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
    convention: { ...assessment.convention, madeFor: assessment.madeFor },
    ...moduleOf(first ?? request),
    consumers: assessment.consumers,
    findings: [
      ...errors,
      ...assessment.refusals,
      ...assessment.hints,
      ...(layouts?.findings ?? []),
    ],
    ...(policy && { policy: { ...policy, outcome } }),
    ...(artifact.children.length > 0 && { children: childrenOf(request, assessment.consumers) }),
    layouts: layouts?.layouts,
    layoutOf: layouts?.layoutOf,
  }
}

function conventionOf(artifact: InspectedArtifact): ReportedConvention {
  const convention = recognise(artifact.artifact, artifact.known)
  return { ...convention, madeFor: madeFor(artifact, convention) }
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
): CountedList<ChildReport> {
  const items = artifact.children.slice(0, MAX_CHILDREN).map((child) => {
    const found = children?.get(child.digest)
    return {
      ...child,
      selectedBy: rows.flatMap((row) => (row.child === child.digest ? [row.consumer] : [])),
      ...(found && { convention: conventionOf(found) }),
    }
  })
  return { total: artifact.children.length, items }
}
