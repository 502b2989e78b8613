import { RegistryError } from '../../oci/errors.ts'
import type { UploadRecord } from '../../../storage/index/uploads.ts'
import type { RegistryContext } from '../context.ts'

const PAGE = 500

/** The records of upload sessions, and how many there are. */
export class UploadSessions {
  readonly #context: RegistryContext
  readonly #most: number
  #count = 0
  /** Whether those of earlier processes are counted. */
  #counted = false

  constructor(context: RegistryContext, most: number) {
    this.#context = context
    this.#most = most
  }

  /** @throws RegistryError TOO_MANY_REQUESTS */
  async add(record: UploadRecord): Promise<void> {
    if (this.#count >= this.#most) {
      throw new RegistryError(
        'TOO_MANY_REQUESTS',
        'too many uploads are unfinished: finish or cancel some, or try again later',
        { headers: { 'Retry-After': '60' } },
      )
    }
    // Before it is stored, so that many at a time cannot pass the limit together.
    this.#count++
    try {
      await this.#context.storage.index.uploads.put(record)
    } catch (error) {
      this.#count--
      throw error
    }
  }

  find(id: string): Promise<UploadRecord | undefined> {
    return this.#context.storage.index.uploads.get(id)
  }

  /** The session is over: first its record, then its bytes, so that no record promises what is gone. */
  async end({ id, state }: UploadRecord): Promise<void> {
    const { index, blobs } = this.#context.storage
    await index.uploads.delete(id)
    this.forget()
    await blobs.discard(state)
  }

  /** One is over whose record is gone already. */
  forget(): void {
    this.#count--
  }

  /**
   * Looks at all of them, as they were when their page was read. To be called once before any is added: that counts them.
   * Where the work fails it goes on with the others, and then throws what it threw first.
   */
  async each(work: (record: UploadRecord) => Promise<void>): Promise<void> {
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
      if (!this.#counted) {
        this.#count += page.entries.length
        for (const { state } of page.entries) generations.add(state.generation)
      }
      yield* page.entries
      after = page.entries.at(-1)?.id
      if (!page.more) break
    }
    if (this.#counted) return
    this.#counted = true
    await this.#discardOthers(generations)
  }

  /** Bytes that an earlier process was sent in a single request, or whose session is gone: nobody goes on with them. */
  async #discardOthers(generations: ReadonlySet<string>): Promise<void> {
    const { blobs } = this.#context.storage
    for await (const generation of blobs.listUnfinished())
      if (!generations.has(generation)) await blobs.discard({ generation, offset: 0 })
  }
}
