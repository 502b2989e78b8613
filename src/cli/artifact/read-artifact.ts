import { isJsonObject, type JsonObject } from '../../oci/descriptor.ts'
import type { Artifact, Layer } from '../../wasm/model/artifact.ts'
import { archiveLayer } from '../../wasm/model/archive-layer.ts'
import { selectedFrom, type InspectedArtifact } from '../../wasm/assess/matrix.ts'
import { claimsWasm } from '../../wasm/model/media-types.ts'
import type { BlobFacts } from '../../wasm/read/facts.ts'
import type { ArchiveFacts } from '../../wasm/read/archive/plugin-archive.ts'
import { readArchive } from '../../wasm/read/archive/read-archive.ts'
import { type Pieces, readFileFacts } from './read-bytes.ts'
import type { RegistryClient } from './registry-client.ts'

/** Bytes of a config that is read. */
const LONGEST_CONFIG = 1 << 20
/** Layers of one artifact that are looked into. */
const MOST_LAYERS = 16

/** An artifact in a registry, with what is in it. */
export interface RemoteArtifact extends InspectedArtifact {
  readonly digest: string
  /** Of an index those of its manifests that some consumer goes on with, by digest. */
  readonly children: ReadonlyMap<string, InspectedArtifact>
}

/** @param reference a tag or a digest */
export async function readRemote(
  client: RegistryClient,
  reference: string,
): Promise<RemoteArtifact> {
  const { digest, artifact } = await client.manifest(reference)
  const children = new Map<string, InspectedArtifact>()
  for (const child of selectedFrom(artifact)) {
    const { artifact: found } = await client.manifest(child)
    children.set(child, await look(client, found))
  }
  return { digest, ...(await look(client, artifact)), children }
}

async function look(client: RegistryClient, artifact: Artifact): Promise<InspectedArtifact> {
  const blobs = new Map<string, BlobFacts>()
  const archives = new Map<string, ArchiveFacts>()
  const archive = archiveLayer(artifact)
  for (const layer of artifact.layers.slice(0, MOST_LAYERS)) {
    if (layer !== archive && !mayBeWasm(layer, artifact)) continue
    const pieces = await peek(await client.blob(layer.digest))
    if (layer === archive && pieces.isGzip) archives.set(layer.digest, await readArchive(pieces))
    else blobs.set(layer.digest, (await readFileFacts(pieces)).facts)
  }
  const config = await readConfig(client, artifact)
  return { artifact, known: { blobs, archives, ...(config && { config }) } }
}

/** By its type, or because a file was pushed without one. */
function mayBeWasm({ mediaType, title = '' }: Layer, { layers }: Artifact): boolean {
  return claimsWasm(mediaType) || title.endsWith('.wasm') || layers.length === 1
}

async function readConfig(
  client: RegistryClient,
  { config }: Artifact,
): Promise<JsonObject | undefined> {
  if (!config || config.size > LONGEST_CONFIG || !/\bjson$/.test(config.mediaType)) return undefined
  try {
    const bytes = await client.smallBlob(config.digest, LONGEST_CONFIG)
    const body: unknown = JSON.parse(Buffer.from(bytes).toString())
    return isJsonObject(body) ? body : undefined
  } catch {
    return undefined
  }
}

/** Bytes of which the first are known already. */
async function peek(pieces: Pieces): Promise<Pieces & { readonly isGzip: boolean }> {
  const iterator = pieces[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  let length = 0
  while (length < 2) {
    const next = await iterator.next()
    if (next.done) break
    head.push(next.value)
    length += next.value.length
  }
  const [first, second] = Buffer.concat(head)
  return {
    isGzip: first === 0x1f && second === 0x8b,
    async *[Symbol.asyncIterator]() {
      try {
        yield* head
        yield* { [Symbol.asyncIterator]: () => iterator }
      } finally {
        await iterator.return?.()
      }
    },
  }
}
