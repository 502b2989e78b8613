import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { ConsumerId } from '../../wasm/consumers/ids.ts'
import type { Finding } from '../../wasm/assess/finding.ts'
import { invalidLayer } from '../../wasm/assess/invalid-layers.ts'
import { formatReference } from '../../wasm/model/artifact-location.ts'
import { artifactOfFile } from '../../wasm/model/local-file.ts'
import type { BlobFacts } from '../../wasm/read/facts.ts'
import { type WasmReport, reportOn } from '../../wasm/report/report.ts'
import { NO_SUCH_STAGE, withEvidence } from '../../wasm/consumers/shared/verdict.ts'
import { type RemoteOptions, readRemote } from './read-artifact.ts'
import { readFileFacts } from './file-facts.ts'

export interface InspectOptions extends RemoteOptions {
  /** Absent: the consumers that the artifact is made for. */
  readonly consumers?: readonly ConsumerId[]
}

/**
 * Reports on a file, or on an artifact in any registry.
 * @param operand a path, or HOST[:PORT]/REPOSITORY with a tag or digest
 * @throws Error if it cannot be read, UsageError if it is neither
 */
export async function inspect(operand: string, options: InspectOptions): Promise<WasmReport> {
  return isFile(operand) ? inspectFile(operand, options) : inspectRemote(operand, options)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

async function inspectFile(path: string, { consumers }: InspectOptions): Promise<WasmReport> {
  const { facts, sha256 } = await readFileFacts(createReadStream(path))
  const { mediaType: _, ...report } = reportOn({
    ...artifactOfFile(facts, sha256, basename(path)),
    // Commands in fixes are written with it.
    reference: 'HOST/REPOSITORY:TAG',
    ...(consumers && { consumers }),
  })
  // How a file would be pulled depends on how it will be pushed.
  const pull = withEvidence('read', NO_SUCH_STAGE)
  const findings = report.findings.filter(
    ({ stage, severity }) => severity !== 'error' && stage !== 'pull',
  )
  return {
    ...report,
    reference: path,
    consumers: report.consumers.map((row) => ({ ...row, pull })),
    findings: [...fileErrors(facts), ...findings],
  }
}

function fileErrors(facts: BlobFacts): Finding[] {
  const invalid = invalidLayer(facts)
  if (!invalid) return []
  const { rule, parameters, is, advice } = invalid
  return [
    {
      rule,
      severity: 'error',
      consumers: [],
      parameters,
      text: `the file ${is}`,
      fix: { text: advice },
    },
  ]
}

async function inspectRemote(text: string, options: InspectOptions): Promise<WasmReport> {
  const { consumers } = options
  const { location, ...artifact } = await readRemote(text, options)
  const { digest, tag } = location
  const request = {
    ...artifact,
    reference: formatReference(location),
    ...(tag !== undefined && { tag }),
    ...(consumers && { consumers }),
  }
  return reportOn(request, { digest })
}
