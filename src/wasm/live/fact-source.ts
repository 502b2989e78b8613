import { setImmediate as turn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { KIB } from '../../base/sizes.ts'
import type { RepositoryBlob, RepositoryContent } from '../../registry/repository-content.ts'
import type { Examination } from '../model/examination-scope.ts'
import { HEAD_BYTES } from '../read/bounds.ts'
import type { BlobFacts } from '../read/facts.ts'
import { WasmReader } from '../read/wasm-reader.ts'
import { type LayerFacts, missingFrom } from '../report/inspect-artifact.ts'
import type { Examiner } from './examiner.ts'
import { decodeFacts, encodeFacts } from './facts-codec.ts'
import { RecentFacts } from './recent-facts.ts'

/** Bytes of encoded facts from which on parsing takes about a millisecond. */
const LARGE_FACTS = 32 * KIB

/** A blob with the examinations that it needs. */
interface IncompleteFacts {
  readonly digest: string
  readonly blob: RepositoryBlob
  readonly known: LayerFacts
  readonly missing: readonly Examination[]
  /** See {@link Examiner.examine}. */
  readonly lane: string
}

/**
 * Facts about stored blobs. Looks them up; examines the blob if facts that are needed are missing,
 * and keeps the result.
 */
export class FactSource {
  readonly #examiner: Examiner
  readonly #recent: RecentFacts
  /** Examinations under way, so that concurrent requests share one. */
  readonly #running = new Map<string, Promise<LayerFacts>>()
  /** Examinations that failed within the last minute: they are not repeated with every request. */
  readonly #failed = new LRUCache<string, true>({ max: 1000, ttl: 60_000 })

  constructor(examiner: Examiner, recent = new RecentFacts()) {
    this.#examiner = examiner
    this.#recent = recent
  }

  /**
   * Facts about one blob; none if it is not in the repository.
   * @param deadline milliseconds since 1970: after it only facts that are known already are given
   */
  async of(
    content: RepositoryContent,
    digest: string,
    examinations: readonly Examination[],
    deadline: number,
  ): Promise<LayerFacts> {
    const recent = this.#recent.take(content.repository, digest)
    if (recent && missingFrom(recent, examinations).length === 0) return recent
    const blob = await content.blob(digest)
    if (!blob) return {}
    const bytes = await blob.facts()
    // There may be many of these: let other requests in between.
    if (bytes && bytes.byteLength > LARGE_FACTS) await turn()
    const known = decodeFacts(bytes)
    const missing = missingFrom(known, examinations)
    if (missing.length === 0) return known
    const lane = content.repository
    return within(deadline, known, this.#complete({ digest, blob, known, missing, lane }))
  }

  /** Continues, and keeps the result, even when no request waits for it any more. */
  #complete(incomplete: IncompleteFacts): Promise<LayerFacts> {
    const { digest, known, missing } = incomplete
    const key = `${digest} ${missing.join(' ')}`
    const running = this.#running.get(key)
    if (running) return running
    if (this.#failed.has(key)) return Promise.resolve(known)
    const completing = this.#examine(incomplete)
      .then(({ facts, hasFailed }) => {
        if (hasFailed) this.#failed.set(key, true)
        return facts
      })
      .finally(() => this.#running.delete(key))
    this.#running.set(key, completing)
    return completing
  }

  async #examine({
    blob,
    known,
    missing,
    lane,
  }: IncompleteFacts): Promise<{ facts: LayerFacts; hasFailed: boolean }> {
    let facts = known
    let hasFailed = false
    if (missing.includes('file')) {
      const file =
        (await classify(blob)) ?? (await this.#examiner.examine('file', lane, () => blob.open()))
      if (typeof file === 'object') facts = { ...facts, file }
      hasFailed = file === 'failed'
    }
    if (missing.includes('archive') && facts.file?.content === 'gzip') {
      const archive = await this.#examiner.examine('archive', lane, () => blob.open())
      if (typeof archive === 'object') facts = { ...facts, archive }
      hasFailed = archive === 'failed'
    }
    const bytes = facts === known ? undefined : encodeFacts(facts)
    if (bytes) await blob.putFacts(bytes)
    return { facts, hasFailed }
  }
}

/** Facts about a blob that is not WebAssembly, from its first bytes; undefined if it may be. */
async function classify(blob: RepositoryBlob): Promise<BlobFacts | undefined> {
  const reader = new WasmReader()
  let length = 0
  const bytes = await blob.open()
  if (!bytes) return undefined
  for await (const piece of bytes) {
    const head = piece.subarray(0, HEAD_BYTES - length)
    reader.update(head)
    length += head.length
    if (length === HEAD_BYTES) break
  }
  return reader.parses ? undefined : { ...reader.finish(), size: blob.size }
}

/** The result, or what is known already if it takes too long. */
async function within<T>(deadline: number, known: T, result: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(known), Math.max(0, deadline - Date.now()))
  })
  result.catch(() => undefined)
  try {
    return await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}
