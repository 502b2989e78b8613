import type { ScrubStatus } from '../../api/operations.ts'
import { messageOf } from '../../base/errno.ts'
import type { RegistryContext } from '../context.ts'
import { Pace } from './pace.ts'
import { BEGINNING, ScrubPass, type ScrubState } from './scrub-pass.ts'

/**
 * The scrub that is running, or the last one, with the position at which the next process continues
 * if it was stopped.
 */
type SavedStatus = ScrubStatus & ScrubState

const NAME = 'scrub'
/** The time between two saves. Milliseconds. */
const SAVE_INTERVAL = 2_000

/**
 * Checks on request, in the background, that stored content still matches its digests. One scrub at
 * a time.
 */
export class Scrubber {
  readonly #context: RegistryContext
  readonly #rate: number
  readonly #stopping = new AbortController()
  #status: SavedStatus | undefined
  #pass: ScrubPass | undefined
  #running: Promise<void> = Promise.resolve()
  #savedAt = 0

  /** @param rate bytes per second; 0 for no limit */
  private constructor(context: RegistryContext, rate: number, status?: SavedStatus) {
    this.#context = context
    this.#rate = rate
    this.#status = status
  }

  /** Continues a scrub that the end of the previous process interrupted. */
  static async open(context: RegistryContext, rate: number): Promise<Scrubber> {
    const last = await context.storage.index.progress.get<SavedStatus>(NAME)
    const scrubber = new Scrubber(context, rate, last)
    if (last?.state === 'running' || last?.state === 'stopped')
      scrubber.#begin(last, last.startedAt)
    return scrubber
  }

  get status(): SavedStatus | undefined {
    return this.#pass ? { ...this.#status!, ...this.#pass.state } : this.#status
  }

  /**
   * Begins a scrub, or joins the one that is running.
   * @throws RegistryError UNAVAILABLE if the index cannot be written
   */
  async start(): Promise<SavedStatus> {
    const { health } = this.#context.storage.index
    if (this.#pass) return this.status!
    if (health.failure) throw health.failure
    const status = this.#begin(BEGINNING, this.#context.now())
    await this.#save()
    return status
  }

  /** Resolves when no scrub is running. */
  async ended(): Promise<SavedStatus | undefined> {
    await this.#running
    return this.#status
  }

  /** Stops a running scrub; the next process continues it. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('the server was stopped'))
    await this.#running
  }

  #begin(from: ScrubState, startedAt: number): SavedStatus {
    const { signal } = this.#stopping
    const pass = new ScrubPass(this.#context, new Pace(this.#rate, signal), signal, from)
    this.#pass = pass
    this.#status = { ...pass.state, state: 'running', startedAt }
    this.#running = this.#run(pass)
    return this.#status
  }

  async #run(pass: ScrubPass): Promise<void> {
    let end: Pick<SavedStatus, 'state' | 'reason'> = { state: 'finished' }
    try {
      await pass.run(async () => {
        if (this.#context.now() - this.#savedAt >= SAVE_INTERVAL) await this.#save()
      })
    } catch (error) {
      const { aborted } = this.#stopping.signal
      end = { state: aborted ? 'stopped' : 'failed', reason: messageOf(error) }
      if (!aborted) this.#context.log.error({ err: error }, 'a scrub has failed')
    }
    this.#status = { ...this.#status!, ...pass.state, ...end, endedAt: this.#context.now() }
    this.#pass = undefined
    const { findings: _, ...summary } = this.#status
    this.#context.log.info(summary, 'a scrub has ended')
    await this.#save()
  }

  async #save(): Promise<void> {
    this.#savedAt = this.#context.now()
    await this.#context.storage.index.progress
      .put(NAME, this.status!)
      .catch((error: unknown) =>
        this.#context.log.warn({ err: error }, 'the progress of a scrub could not be saved'),
      )
  }
}
