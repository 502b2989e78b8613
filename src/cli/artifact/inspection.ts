import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { ConsumerId } from '../../wasm/consumers/consumer.ts'
import type { Finding } from '../../wasm/assess/finding.ts'
import { invalidLayer } from '../../wasm/assess/invalid-layers.ts'
import { asArtifact } from '../../wasm/model/local-file.ts'
import type { BlobFacts } from '../../wasm/read/facts.ts'
import { type WasmReport, reportOn } from '../../wasm/report/report.ts'
import { NO_SUCH_STAGE, on } from '../../wasm/consumers/verdict.ts'
import { readRemote } from './read-artifact.ts'
import { readFileFacts } from './read-bytes.ts'
import { isLoopback, readReference } from './reference.ts'
import { RegistryClient } from './registry-client.ts'

export interface InspectOptions {
  readonly plainHttp: boolean
  /** A dockerconfigjson. */
  readonly credentials?: string
  /** Those whose refusals matter; absent: those that it is made for. */
  readonly consumers?: readonly ConsumerId[]
}

/** @throws Error, UsageError if it cannot be looked at */
export async function inspect(subject: string, options: InspectOptions): Promise<WasmReport> {
  return isFile(subject) ? inspectFile(subject, options) : inspectRemote(subject, options)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

async function inspectFile(path: string, { consumers }: InspectOptions): Promise<WasmReport> {
  const { facts, sha256 } = await readFileFacts(createReadStream(path))
  const question = {
    ...asArtifact(facts, sha256, basename(path)),
    reference: 'HOST/REPOSITORY:TAG',
    ...(consumers && { consumers }),
  }
  const { mediaType: _, ...report } = reportOn(question, { subject: path })
  // How it would be taken depends on how it is pushed.
  const pull = on('read', NO_SUCH_STAGE)
  const findings = report.findings.filter(
    ({ rule, severity }) => severity !== 'error' && !rule.startsWith('pull-'),
  )
  return {
    ...report,
    consumers: report.consumers.map((row) => ({ ...row, pull })),
    findings: [...lieIn(facts), ...findings],
  }
}

function lieIn(facts: BlobFacts): Finding[] {
  const lie = invalidLayer(facts)
  if (!lie) return []
  const { rule, parameters, is, todo } = lie
  return [{ rule, severity: 'error', parameters, text: `the file ${is}`, fix: todo }]
}

async function inspectRemote(text: string, options: InspectOptions): Promise<WasmReport> {
  const { plainHttp, credentials, consumers } = options
  const { host, repository, name, tag } = readReference(text)
  const client = new RegistryClient(host, repository, {
    secure: !plainHttp && !isLoopback(host),
    ...(credentials !== undefined && { credentials }),
  })
  const { digest, ...subject } = await readRemote(client, name)
  const reference = `${host}/${repository}${tag === undefined ? `@${digest}` : `:${tag}`}`
  const question = {
    ...subject,
    reference,
    ...(tag !== undefined && { tag }),
    ...(consumers && { consumers }),
  }
  return reportOn(question, { subject: text, digest })
}
