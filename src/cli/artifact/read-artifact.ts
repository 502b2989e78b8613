import type { Descriptor, Layer } from '../../oci/descriptor.ts'
import { isLoopback } from '../../base/host.ts'
import type { ArtifactLocation } from '../../wasm/model/artifact-location.ts'
import { type Examination, FULL_REPORT } from '../../wasm/model/examination-scope.ts'
import { MAX_CONFIG_BYTES } from '../../wasm/model/layer-selection.ts'
import { HEAD_BYTES } from '../../wasm/read/bounds.ts'
import { WasmReader } from '../../wasm/read/wasm-reader.ts'
import { readArchive } from '../../wasm/read/archive/read-archive.ts'
import {
  type ArtifactInspection,
  inspectArtifact,
  type LayerFacts,
} from '../../wasm/report/inspect-artifact.ts'
import { readFileFacts } from './file-facts.ts'
import { readReference } from './reference.ts'
import { RegistryClient, WrongContentError } from './registry-client.ts'

export interface RemoteOptions {
  /** Use http for hosts other than loopback, too. */
  readonly plainHttp: boolean
  /** Path of a dockerconfigjson. Absent: the one of docker, if there is one. */
  readonly credentials?: string
}

/** An artifact in a registry, with its content. */
export interface RemoteArtifact extends ArtifactInspection {
  readonly location: ArtifactLocation
  /** Whether the registry speaks https. */
  readonly secure: boolean
}

/**
 * Reads an artifact as the server does for its reports.
 * @param text HOST[:PORT]/REPOSITORY with a tag or digest
 * @throws UsageError if `text` is no reference, Error if the registry does not give the manifest or
 *   a layer
 */
export async function readRemote(
  text: string,
  { plainHttp, credentials }: RemoteOptions,
): Promise<RemoteArtifact> {
  const { host, repository, name, tag } = readReference(text)
  const secure = !plainHttp && !isLoopback(host)
  const client = new RegistryClient(host, repository, {
    secure,
    ...(credentials !== undefined && { credentials }),
  })
  const { digest, artifact } = await client.manifest(name)
  const inspection = await inspectArtifact(artifact, FULL_REPORT, {
    manifest: async (child) => (await client.manifest(child)).artifact,
    layer: (layer, examinations) => readLayer(client, layer, examinations),
    // An artifact whose config cannot be read still has a report: what depends on the config is
    // unknown.
    config: (config) => readConfig(client, config),
  })
  return { ...inspection, location: { host, repository, digest, tag }, secure }
}

/** @throws WrongContentError */
async function readConfig(
  client: RegistryClient,
  config: Descriptor,
): Promise<Uint8Array | undefined> {
  if (config.size > MAX_CONFIG_BYTES) return undefined
  try {
    const pieces: Uint8Array[] = []
    for await (const piece of client.blob(config)) pieces.push(piece)
    return Buffer.concat(pieces)
  } catch (error) {
    if (error instanceof WrongContentError) throw error
    return undefined
  }
}

/** Reads a layer to its end, because only then its digest is known. */
async function readLayer(
  client: RegistryClient,
  layer: Layer,
  examinations: readonly Examination[],
): Promise<LayerFacts> {
  const pieces = client.blob(layer)
  try {
    const head = await readHead(pieces)
    const reader = new WasmReader()
    reader.update(head)
    if (reader.parses) return { file: (await readFileFacts(join(head, pieces))).facts }
    const file = { ...reader.finish(), size: layer.size }
    const isOpened = file.content === 'gzip' && examinations.includes('archive')
    const archive = isOpened ? await readArchive(join(head, pieces)) : undefined
    for await (const _rest of pieces);
    return { file, ...(archive && { archive }) }
  } finally {
    await pieces.return(undefined)
  }
}

/** At least the first {@link HEAD_BYTES} bytes, unless there are fewer. */
async function readHead(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (let length = 0; length < HEAD_BYTES;) {
    const next = await pieces.next()
    if (next.done) break
    chunks.push(next.value)
    length += next.value.length
  }
  return Buffer.concat(chunks)
}

async function* join(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield head
  // Not `yield*`, which would end the rest together with this.
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}
