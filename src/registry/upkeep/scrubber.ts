import type { RegistryContext } from '../context.ts'
import { Pace } from './pace.ts'
import { BEGINNING, ScrubPass, type ScrubState } from './scrub-pass.ts'

/** The scrub that runs, or the last one. Times are milliseconds since 1970. */
export interface ScrubStatus extends ScrubState {
  /** Stopped: with the server; it goes on with the next one. */
  readonly state: 'running' | 'finished' | 'failed' | 'stopped'
  readonly startedAt: number
  readonly endedAt?: number
  /** Why it failed. */
  readonly reason?: string
}

const NAME = 'scrub'
/** Between two notes of how far it is. Milliseconds. */
const NOTE = 2_000

/** Looks, when it is asked to, whether what is stored is still what it was, one time at a time, in the background. */
export class Scrubber {
  readonly #context: RegistryContext
  readonly #rate: number
  readonly #stopping = new AbortController()
  #status: ScrubStatus | undefined
  #pass: ScrubPass | undefined
  #running: Promise<void> = Promise.resolve()
  #noted = 0

  /** @param rate bytes a second; 0 for no limit */
  private constructor(context: RegistryContext, rate: number, status?: ScrubStatus) {
    this.#context = context
    this.#rate = rate
    this.#status = status
  }

  /** Goes on with a scrub that the end of a process cut short. */
  static async open(context: RegistryContext, rate: number): Promise<Scrubber> {
    const last = await context.storage.index.progress.get<ScrubStatus>(NAME)
    const scrubber = new Scrubber(context, rate, last)
    if (last?.state === 'running' || last?.state === 'stopped')
      scrubber.#begin(last, last.startedAt)
    return scrubber
  }

  get status(): ScrubStatus | undefined {
    return this.#pass ? { ...this.#status!, ...this.#pass.state } : this.#status
  }

  /**
   * Begins a scrub, or joins the one that runs.
   * @throws RegistryError UNAVAILABLE if the index cannot be written
   */
  async start(): Promise<ScrubStatus> {
    const { health } = this.#context.storage.index
    if (this.#pass) return this.status!
    if (health.failure) throw health.failure
    const status = this.#begin(BEGINNING, this.#context.now())
    await this.#note()
    return status
  }

  /** Waits for the scrub that runs, if one does. */
  async ended(): Promise<ScrubStatus | undefined> {
    await this.#running
    return this.#status
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('the server was stopped'))
    await this.#running
  }

  #begin(from: ScrubState, startedAt: number): ScrubStatus {
    const { signal } = this.#stopping
    const pass = new ScrubPass(this.#context, new Pace(this.#rate, signal), signal, from)
    this.#pass = pass
    this.#status = { ...pass.state, state: 'running', startedAt }
    this.#running = this.#run(pass)
    return this.#status
  }

  async #run(pass: ScrubPass): Promise<void> {
    let end: Pick<ScrubStatus, 'state' | 'reason'> = { state: 'finished' }
    try {
      await pass.run(async () => {
        if (this.#context.now() - this.#noted >= NOTE) await this.#note()
      })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      end = { state: this.#stopping.signal.aborted ? 'stopped' : 'failed', reason }
      if (end.state === 'failed') this.#context.log.error({ err: error }, 'a scrub has failed')
    }
    this.#status = { ...this.#status!, ...pass.state, ...end, endedAt: this.#context.now() }
    this.#pass = undefined
    const { findings: _, ...told } = this.#status
    this.#context.log.info(told, 'a scrub has ended')
    await this.#note()
  }

  async #note(): Promise<void> {
    this.#noted = this.#context.now()
    await this.#context.storage.index.progress
      .put(NAME, this.status!)
      .catch((error: unknown) =>
        this.#context.log.warn({ err: error }, 'scrub could not take note of how far it is'),
      )
  }
}
