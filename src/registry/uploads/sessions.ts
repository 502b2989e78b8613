import { randomUUID } from 'node:crypto'
import type { WriterState } from '../../../storage/blob-store.ts'
import type { UploadRecord } from '../../../storage/index/uploads.ts'
import { RegistryError } from '../../oci/errors.ts'
import type { RegistryContext } from '../context.ts'
import type { RegistrySettings } from '../settings.ts'

export type UploadSessionSettings = Pick<RegistrySettings, 'limits' | 'uploads'>

const PAGE = 500

/** The records of the open upload sessions: how many there may be, and when they expire. */
export class UploadSessions {
  readonly #context: RegistryContext
  readonly #settings: UploadSessionSettings
  #count = 0
  /** Whether `#count` includes the sessions of earlier processes. */
  #isCounted = false

  constructor(context: RegistryContext, settings: UploadSessionSettings) {
    this.#context = context
    this.#settings = settings
  }

  /**
   * Opens an empty session.
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async open(repository: string, owner: string): Promise<UploadRecord> {
    if (this.#count >= this.#settings.limits.uploadSessions) throw tooManyUploadsError()
    // Counted before it is stored, so that concurrent requests cannot exceed the limit.
    this.#count++
    try {
      const { index, blobs } = this.#context.storage
      const state = await blobs.start().suspend()
      const now = this.#context.now()
      const id = randomUUID()
      const record = { id, repository, owner, state, startedAt: now, touchedAt: now }
      await index.uploads.put(record)
      return record
    } catch (error) {
      this.#count--
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
  async end({ id, state }: UploadRecord): Promise<void> {
    const { index, blobs } = this.#context.storage
    await index.uploads.delete(id)
    this.forget()
    await blobs.discard(state)
  }

  /** Counts a session as ended whose record is gone already. */
  forget(): void {
    this.#count--
  }

  isExpired({ touchedAt }: UploadRecord): boolean {
    return touchedAt + this.#settings.uploads.expiry <= this.#context.now()
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
        this.#count += page.entries.length
        for (const { state } of page.entries) generations.add(state.generation)
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

function tooManyUploadsError(): RegistryError {
  return new RegistryError(
    'TOO_MANY_REQUESTS',
    'too many uploads are unfinished: finish or cancel some, or try again later',
    { headers: { 'Retry-After': '60' } },
  )
}
