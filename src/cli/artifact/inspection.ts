import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { ConsumerId } from '../../wasm/consumers/ids.ts'
import type { Finding } from '../../wasm/assess/finding.ts'
import { invalidLayer } from '../../wasm/assess/invalid-layers.ts'
import { formatReference } from '../../wasm/model/artifact-location.ts'
import { asArtifact } from '../../wasm/model/local-file.ts'
import type { BlobFacts } from '../../wasm/read/facts.ts'
import { type WasmReport, reportOn } from '../../wasm/report/report.ts'
import { NO_SUCH_STAGE, on } from '../../wasm/consumers/shared/verdict.ts'
import { readRemote } from './read-artifact.ts'
import { readFileFacts } from './file-facts.ts'
import { isLoopback, readReference } from './reference.ts'
import { RegistryClient } from './registry-client.ts'

export interface InspectOptions {
  readonly plainHttp: boolean
  /** Path of a dockerconfigjson. */
  readonly credentials?: string
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
    ...asArtifact(facts, sha256, basename(path)),
    // Commands in fixes are written with it.
    reference: 'HOST/REPOSITORY:TAG',
    ...(consumers && { consumers }),
  })
  // How a file would be pulled depends on how it will be pushed.
  const pull = on('read', NO_SUCH_STAGE)
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
  const { plainHttp, credentials, consumers } = options
  const { host, repository, name, tag } = readReference(text)
  const client = new RegistryClient(host, repository, {
    secure: !plainHttp && !isLoopback(host),
    ...(credentials !== undefined && { credentials }),
  })
  const artifact = await readRemote(client, name)
  const { digest } = artifact
  const request = {
    ...artifact,
    reference: formatReference({ host, repository, digest, tag }),
    ...(tag !== undefined && { tag }),
    ...(consumers && { consumers }),
  }
  return reportOn(request, { digest })
}
