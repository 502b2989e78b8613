import { setImmediate as turn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { isJsonObject, type JsonObject } from '../../oci/descriptor.ts'
import type { RepositoryContent, RepositoryBlob } from '../../registry/repository-content.ts'
import { archiveLayer, opensAtPush } from '../model/archive-layer.ts'
import type { Artifact, Known, Layer } from '../model/artifact.ts'
import { claimsWasm, DOCKER_CONFIG, OCI_CONFIG } from '../model/media-types.ts'
import { HEAD_BYTES } from '../read/bounds.ts'
import type { BlobFacts } from '../read/facts.ts'
import { WasmReader } from '../read/wasm-reader.ts'
import type { ArchiveFacts } from '../read/archive/plugin-archive.ts'
import { FreshFacts } from './fresh-facts.ts'
import { decodeFacts, encodeFacts, type KeptFacts } from './kept-facts.ts'
import type { Examination, Examinations } from './examination.ts'
import type { Examiner } from './examiner.ts'

/** Different layers of one manifest that are looked at, more than Spin puts into one, and bytes of facts about them. */
const MOST_LAYERS = 600
const MOST_FACTS = 16 << 20
/** Bytes of facts after which others get their turn. */
const LARGE_FACTS = 32 << 10
/** Bytes of a config that is read. */
const LONGEST_CONFIG = 64 << 10
/** Milliseconds that an answer waits for what has to be found out first. */
const PATIENCE = 10_000

/**
 * How much is done to know. `kept`: nothing but looking up what is known. `lies`: whether layers are what they claim. `push`: what
 * those that an artifact is made for decide by. `named` and `enforce`: what others decide by, too. `ask`: everything.
 */
export type Effort = 'kept' | 'lies' | 'push' | 'named' | 'enforce' | 'ask'

/** What is known of the content of stored artifacts, and the finding out of what is not. */
export class Knowledge {
  readonly #examiner: Examiner
  readonly #fresh: FreshFacts
  /** By digest, so that nobody finds out what somebody else is about to. */
  readonly #running = new Map<string, Promise<KeptFacts>>()
  /** What could not be found out lately: it is not tried with every request. */
  readonly #givenUp = new LRUCache<string, true>({ max: 1000, ttl: 60_000 })

  constructor(examiner: Examiner, fresh = new FreshFacts()) {
    this.#examiner = examiner
    this.#fresh = fresh
  }

  async of(content: RepositoryContent, artifact: Artifact, effort: Effort): Promise<Known> {
    const blobs = new Map<string, BlobFacts>()
    const archives = new Map<string, ArchiveFacts>()
    const until = Date.now() + PATIENCE
    let room = MOST_FACTS
    for (const layer of distinct(artifact.layers)) {
      if (room < 0) break
      const wanted = wantedOf(layer, artifact, effort)
      const fresh = this.#fresh.take(content.repository, layer.digest)
      if (fresh && missingOf(fresh, wanted).length === 0) {
        blobs.set(layer.digest, fresh.file)
        continue
      }
      const blob = await content.blob(layer.digest)
      if (!blob) continue
      const bytes = await blob.facts()
      room -= bytes?.byteLength ?? 0
      // Parsing a large one takes a millisecond, and there may be many.
      if (bytes && bytes.byteLength > LARGE_FACTS) await turn()
      const known = decodeFacts(bytes)
      const missing = missingOf(known, wanted)
      const { file, archive } =
        missing.length === 0
          ? known
          : await inTime(until, known, this.#find(layer.digest, blob, known, missing))
      if (file) blobs.set(layer.digest, file)
      if (archive) archives.set(layer.digest, archive)
    }
    const config = wantsConfig(artifact, effort) ? await readConfig(content, artifact) : undefined
    return { blobs, archives, ...(config && { config }) }
  }

  /** Goes on, and keeps what it finds, also if nobody waits any more. */
  #find(
    digest: string,
    blob: RepositoryBlob,
    known: KeptFacts,
    missing: readonly Examination[],
  ): Promise<KeptFacts> {
    const key = `${digest} ${missing.join(' ')}`
    const running = this.#running.get(key)
    if (running) return running
    if (this.#givenUp.has(key)) return Promise.resolve(known)
    const finding = this.#findAll(blob, known, missing)
      .then((found) => {
        if (found === known) this.#givenUp.set(key, true)
        return found
      })
      .finally(() => this.#running.delete(key))
    this.#running.set(key, finding)
    return finding
  }

  async #findAll(
    blob: RepositoryBlob,
    known: KeptFacts,
    missing: readonly Examination[],
  ): Promise<KeptFacts> {
    let found = known
    if (missing.includes('file')) {
      const file = (await classified(blob)) ?? (await this.#examine('file', blob))
      if (file) found = { ...found, file }
    }
    if (missing.includes('archive') && found.file?.content === 'gzip') {
      const archive = await this.#examine('archive', blob)
      if (archive) found = { ...found, archive }
    }
    const bytes = found === known ? undefined : encodeFacts(found)
    if (bytes) await blob.putFacts(bytes)
    return found
  }

  #examine<How extends Examination>(
    how: How,
    blob: RepositoryBlob,
  ): Promise<Examinations[How] | undefined> {
    return this.#examiner.examine(how, () => blob.open())
  }
}

/** Of a file that is named twice the name that says more. */
function distinct(layers: readonly Layer[]): Layer[] {
  const byDigest = new Map<string, Layer>()
  for (const layer of layers) {
    const isNew = !byDigest.has(layer.digest)
    if (isNew && byDigest.size === MOST_LAYERS) break
    if (isNew || claimsWasm(layer.mediaType)) byDigest.set(layer.digest, layer)
  }
  return [...byDigest.values()]
}

function wantedOf(layer: Layer, artifact: Artifact, effort: Effort): Examination[] {
  if (effort === 'kept') return []
  if (effort === 'lies') return claimsWasm(layer.mediaType) ? ['file'] : []
  const isArchive = archiveLayer(artifact)?.digest === layer.digest
  if (effort === 'ask') return isArchive ? ['file', 'archive'] : ['file']
  if (isArchive && opensAtPush(artifact, effort === 'enforce')) return ['file', 'archive']
  return mayBeWasm(layer, artifact) ? ['file'] : []
}

/** By its type, or because a file was pushed without one. */
function mayBeWasm({ mediaType, title = '' }: Layer, { layers }: Artifact): boolean {
  return claimsWasm(mediaType) || title.endsWith('.wasm') || layers.length === 1
}

function missingOf({ file, archive }: KeptFacts, wanted: readonly Examination[]): Examination[] {
  return wanted.filter((how) =>
    how === 'file' ? !file : !archive && (file?.content ?? 'gzip') === 'gzip',
  )
}

/** What a blob is that is no WebAssembly: its first bytes say it. */
async function classified(blob: RepositoryBlob): Promise<BlobFacts | undefined> {
  const reader = new WasmReader()
  let given = 0
  const bytes = await blob.open()
  if (!bytes) return undefined
  for await (const piece of bytes) {
    const head = piece.subarray(0, HEAD_BYTES - given)
    reader.update(head)
    given += head.length
    if (given === HEAD_BYTES) break
  }
  return reader.parses ? undefined : { ...reader.finish(), size: blob.size }
}

/** What is known already, if the rest is not found out in time. */
async function inTime<T>(until: number, known: T, finding: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(known), Math.max(0, until - Date.now()))
  })
  finding.catch(() => undefined)
  try {
    return await Promise.race([finding, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Of those that something is made for only containerd looks into the config, which is then that of an image. */
function wantsConfig({ config }: Artifact, effort: Effort): boolean {
  if (effort === 'lies') return false
  return (
    effort !== 'push' || config?.mediaType === OCI_CONFIG || config?.mediaType === DOCKER_CONFIG
  )
}

async function readConfig(
  content: RepositoryContent,
  { config }: Artifact,
): Promise<JsonObject | undefined> {
  const blob = config && (await content.blob(config.digest))
  if (!blob || blob.size > LONGEST_CONFIG) return undefined
  const pieces: Uint8Array[] = []
  for await (const piece of (await blob.open()) ?? []) pieces.push(Buffer.from(piece))
  try {
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString())
    return isJsonObject(body) ? body : undefined
  } catch {
    return undefined
  }
}
