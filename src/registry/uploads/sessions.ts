import { randomUUID } from 'node:crypto'
import type { WriterState } from '../../../storage/blob-store.ts'
import type { UploadRecord } from '../../../storage/index/uploads.ts'
import { RegistryError } from '../../oci/errors.ts'
import type { RegistryContext } from '../context.ts'
import type { RegistrySettings } from '../settings.ts'
import { SessionShares, type UploadStarter } from './session-shares.ts'

export type UploadSessionSettings = Pick<RegistrySettings, 'limits' | 'uploads'>

const PAGE = 500
/** Milliseconds. */
const UNUSED_EXPIRY = 10 * 60_000

/** The records of the open upload sessions: how many there may be, and when they expire. */
export class UploadSessions {
  readonly #context: RegistryContext
  readonly #settings: UploadSessionSettings
  readonly #shares: SessionShares
  /** Whether `#shares` includes the sessions of earlier processes. */
  #isCounted = false

  constructor(context: RegistryContext, settings: UploadSessionSettings) {
    this.#context = context
    this.#settings = settings
    this.#shares = new SessionShares(settings.limits.uploadSessions)
  }

  /**
   * Opens an empty session.
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async open(repository: string, starter: UploadStarter): Promise<UploadRecord> {
    // Counted before it is stored, so that concurrent requests cannot exceed the limit.
    this.#shares.take(starter)
    try {
      const { index, blobs } = this.#context.storage
      const state = await blobs.start().suspend()
      const now = this.#context.now()
      const id = randomUUID()
      const record = { id, repository, ...starter, state, startedAt: now, touchedAt: now }
      await index.uploads.put(record)
      return record
    } catch (error) {
      this.#shares.giveBack(starter)
      throw error
    }
  }

  find(id: string): Promise<UploadRecord | undefined> {
    return this.#context.storage.index.uploads.get(id)
  }

  /** @throws RegistryError BLOB_UPLOAD_UNKNOWN */
  async get(repository: string, id: string): Promise<UploadRecord> {
    const record = await this.find(id)
    if (record?.repository === repository) return record
    throw new RegistryError(
      'BLOB_UPLOAD_UNKNOWN',
      'no such upload session in this repository: it may have ended or expired; start again with POST',
    )
  }

  /** Stores how far the session has come. */
  async save(record: UploadRecord, state: WriterState): Promise<UploadRecord> {
    const saved = { ...record, state, touchedAt: this.#context.now() }
    await this.#context.storage.index.uploads.put(saved)
    return saved
  }

  /**
   * Ends the session: first its record, then its bytes, so that no record promises bytes that are
   * gone.
   */
  async end(record: UploadRecord): Promise<void> {
    const { id, state } = record
    const { index, blobs } = this.#context.storage
    await index.uploads.delete(id)
    this.forget(record)
    await blobs.discard(state)
  }

  /** Counts a session as ended whose record is gone already. */
  forget(record: UploadRecord): void {
    this.#shares.giveBack(record)
  }

  /** A session without a byte expires sooner: nothing would be lost, and it takes a place. */
  isExpired({ touchedAt, state }: UploadRecord): boolean {
    const { expiry } = this.#settings.uploads
    const wait = state.offset === 0 ? Math.min(expiry, UNUSED_EXPIRY) : expiry
    return touchedAt + wait <= this.#context.now()
  }

  /**
   * Does the work for every record, as it was when its page was read. The first call must come
   * before any session is opened: it counts the sessions of earlier processes, and discards bytes
   * that belong to none.
   * @throws The first error of the work, after it was done for all records
   */
  async forEach(work: (record: UploadRecord) => Promise<void>): Promise<void> {
    const failures: unknown[] = []
    for await (const record of this.#all())
      await work(record).catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }

  async *#all(): AsyncGenerator<UploadRecord> {
    const { uploads } = this.#context.storage.index
    let after: string | undefined
    const generations = new Set<string>()
    for (;;) {
      const page = await uploads.list({ limit: PAGE, ...(after !== undefined && { after }) })
      if (!this.#isCounted) {
        for (const record of page.entries) {
          this.#shares.add(record)
          generations.add(record.state.generation)
        }
      }
      yield* page.entries
      after = page.entries.at(-1)?.id
      if (!page.more) break
    }
    if (this.#isCounted) return
    this.#isCounted = true
    await this.#discardExcept(generations)
  }

  /**
   * Discards what a killed process left: bytes of uploads in a single request, and of sessions
   * without a record.
   */
  async #discardExcept(generations: ReadonlySet<string>): Promise<void> {
    const { blobs } = this.#context.storage
    for await (const generation of blobs.listUnfinished())
      if (!generations.has(generation)) await blobs.discard({ generation, offset: 0 })
  }
}
