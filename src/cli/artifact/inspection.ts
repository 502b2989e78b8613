import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import { assess, type Assessment } from '../../wasm/assess.ts'
import type { ConsumerId } from '../../wasm/consumers/consumer.ts'
import type { Finding } from '../../wasm/findings/finding.ts'
import { findLies, lieOf } from '../../wasm/findings/lies.ts'
import { asArtifact } from '../../wasm/local-file.ts'
import type { Row, Subject } from '../../wasm/matrix.ts'
import type { BlobFacts } from '../../wasm/reader/facts.ts'
import type { Convention } from '../../wasm/recognise.ts'
import { NO_SUCH_STAGE, on } from '../../wasm/verdicts/verdict.ts'
import { wasmFileOf } from '../../wasm/wasm-file.ts'
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

/** Everything that is known of a file or of an artifact in a registry, as plain JSON. */
export interface Inspection {
  readonly schemaVersion: 1
  /** As it was asked for. */
  readonly subject: string
  /** Digest of the manifest. */
  readonly digest?: string
  readonly mediaType?: string
  /** Of a file: the convention in which it would be pushed. */
  readonly convention: Convention
  readonly module?: BlobFacts & {
    /** Hex digits: what Envoy calls the sha256 of its code. Absent for a file in an archive. */
    readonly sha256?: string
    readonly inArchive: boolean
    readonly title?: string
  }
  readonly consumers: readonly Row[]
  readonly findings: readonly Finding[]
}

/** @throws Error, UsageError if it cannot be looked at */
export async function inspect(subject: string, options: InspectOptions): Promise<Inspection> {
  return isFile(subject) ? inspectFile(subject, options) : inspectRemote(subject, options)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

async function inspectFile(path: string, { consumers }: InspectOptions): Promise<Inspection> {
  const { facts, sha256 } = await readFileFacts(createReadStream(path))
  const subject = asArtifact(facts, sha256, basename(path))
  const assessment = assess({
    ...subject,
    reference: 'HOST/REPOSITORY:TAG',
    ...(consumers && { consumers }),
  })
  // How it would be taken depends on how it is pushed.
  const pull = on('read', NO_SUCH_STAGE)
  const rows = assessment.consumers.map((row) => ({ ...row, pull }))
  const { traps, advice } = assessment
  const findings = [...lieIn(facts), ...traps, ...advice].filter(
    ({ rule }) => !rule.startsWith('pull-'),
  )
  return {
    schemaVersion: 1,
    subject: path,
    convention: assessment.convention,
    ...moduleOf(subject),
    consumers: rows,
    findings,
  }
}

function lieIn(facts: BlobFacts): Finding[] {
  const lie = lieOf(facts)
  if (!lie) return []
  const { rule, parameters, is, todo } = lie
  return [{ rule, level: 'lie', parameters, text: `the file ${is}`, fix: todo }]
}

async function inspectRemote(text: string, options: InspectOptions): Promise<Inspection> {
  const { plainHttp, credentials, consumers } = options
  const { host, repository, name, tag } = readReference(text)
  const client = new RegistryClient(host, repository, {
    secure: !plainHttp && !isLoopback(host),
    ...(credentials !== undefined && { credentials }),
  })
  const { digest, children, artifact, known } = await readRemote(client, name)
  const reference = `${host}/${repository}${tag === undefined ? `@${digest}` : `:${tag}`}`
  const assessment = assess({
    artifact,
    known,
    children,
    reference,
    ...(tag !== undefined && { tag }),
    ...(consumers && { consumers }),
  })
  return {
    schemaVersion: 1,
    subject: text,
    digest,
    mediaType: artifact.mediaType,
    convention: assessment.convention,
    // Of an index the module is that of the first child that anybody takes.
    ...moduleOf([...children.values()][0] ?? { artifact, known }),
    consumers: assessment.consumers,
    findings: [
      ...[...children.values()].flatMap((child) =>
        findLies(child.artifact, child.known, reference),
      ),
      ...findingsIn(assessment),
    ],
  }
}

function findingsIn({ lies, traps, advice }: Assessment): Finding[] {
  return [...lies, ...traps, ...advice]
}

function moduleOf({ artifact, known }: Subject): Pick<Inspection, 'module'> {
  const file = wasmFileOf(artifact, known)
  if (!file?.facts) return {}
  const { facts, inArchive, layer } = file
  const { digest, title } = layer
  const sha256 = !inArchive && digest.startsWith('sha256:') ? digest.slice(7) : undefined
  return {
    module: {
      ...facts,
      inArchive,
      ...(sha256 !== undefined && { sha256 }),
      ...(title !== undefined && { title }),
    },
  }
}
