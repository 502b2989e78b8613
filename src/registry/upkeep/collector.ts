import { RegistryError } from '../../oci/errors.ts'
import type { RegistryContext } from '../context.ts'
import { withMargin } from '../access-times.ts'
import { anyPattern } from '../../base/patterns.ts'
import { type CollectionCounts, CollectionPass } from './collection-pass.ts'
import { Pace } from './pace.ts'
import { RunningTime, type Stretch } from './running-time.ts'
import { findOrphans } from './orphans.ts'

export interface CollectorOptions {
  /** Milliseconds. */
  readonly grace: number
  /** Candidates a second; 0 for no limit. */
  readonly rate: number
  /** Milliseconds after which nobody goes on with an upload. */
  readonly uploadExpiry: number
  /** Untagged manifests go after `after` milliseconds in the repositories that match; none of them if there is no pattern. */
  readonly untagged: { readonly repositories: readonly string[]; readonly after: number }
  /** See {@link RunningTime}; absent is the clock of the process. */
  readonly steady?: () => number
}

/** The pass that runs, or the last one. Times are milliseconds since 1970. */
export interface CollectionStatus extends Readonly<CollectionCounts> {
  readonly state: 'running' | 'finished' | 'suspended' | 'failed' | 'stopped'
  readonly dryRun: boolean
  readonly startedAt: number
  readonly endedAt?: number
  /** Nothing newer could go; null if the registry has not run for long enough. */
  readonly before: number | null
  /** Why it is suspended, or has failed. */
  readonly reason?: string
}

/** What a collector keeps of itself. */
interface Kept {
  readonly stretches: readonly Stretch[]
  /** Whether some process may have left bytes without an entry, and nobody has looked since. */
  readonly strays: boolean
  readonly last?: CollectionStatus
}

const NAME = 'collection'
/**
 * Candidates are settled so many at a time, or in so many operations a second if that makes fewer of them: one takes an
 * eighth of a millisecond of the event loop at least, and readers are not to feel many in a row.
 */
const LARGEST_PIECE = 64
const PIECES = 128

/** Forgets what nobody needs any more, a little at a time, while the registry is in use. */
export class Collector {
  readonly #context: RegistryContext
  readonly #options: CollectorOptions
  readonly #time: RunningTime
  readonly #stopping = new AbortController()
  #strays: boolean
  #status: CollectionStatus | undefined
  #pass: CollectionPass | undefined
  #running: Promise<void> = Promise.resolve()

  private constructor(context: RegistryContext, options: CollectorOptions, kept?: Kept) {
    this.#context = context
    this.#options = options
    const { steady = () => performance.now() } = options
    this.#time = new RunningTime({ now: context.now, steady }, kept?.stretches ?? [])
    this.#strays = kept?.strays ?? false
    this.#status = kept?.last
  }

  static async open(context: RegistryContext, options: CollectorOptions): Promise<Collector> {
    const kept = await context.storage.index.progress.get<Kept>(NAME)
    const collector = new Collector(context, options, kept)
    // What is kept says "strays" until a clean end; a process that is killed leaves it so.
    await collector.#keep(true)
    return collector
  }

  /** The pass that runs, or the last one; also of an earlier process. */
  get status(): CollectionStatus | undefined {
    return this.#pass ? { ...this.#status!, ...this.#pass.counts } : this.#status
  }

  /** Takes note of the time. To be called every minute or so. */
  async tick(): Promise<void> {
    this.#time.tick()
    await this.#keep(true)
  }

  /**
   * Begins a pass, or joins the one that runs.
   * @throws RegistryError CONFLICT if that one is dry and this is not, or the other way round; UNAVAILABLE if the index cannot be written
   */
  start(dryRun = false): CollectionStatus {
    const { index } = this.#context.storage
    if (this.#pass && this.#status?.dryRun === dryRun) return this.#status
    if (this.#pass)
      throw new RegistryError('CONFLICT', 'another collection is running: wait until it ends')
    if (index.health.failure) throw index.health.failure
    this.#time.tick()
    const { grace, rate, uploadExpiry, untagged } = this.#options
    const { signal } = this.#stopping
    const age = withMargin(grace)
    const before = this.#time.before(age)
    const pace = new Pace(rate, signal)
    const pass = new CollectionPass(this.#context, {
      before: {
        link: before,
        blob: before,
        // A session may still ask for bytes whose commit the index never came to know of.
        key: this.#time.before(Math.max(age, uploadExpiry)),
        manifest:
          untagged.repositories.length > 0
            ? this.#time.before(Math.max(age, untagged.after))
            : undefined,
      },
      untagged: anyPattern(untagged.repositories),
      dryRun,
      piece: rate === 0 ? LARGEST_PIECE : Math.min(LARGEST_PIECE, Math.ceil(rate / PIECES)),
      pace,
    })
    this.#pass = pass
    this.#status = {
      ...pass.counts,
      state: 'running',
      dryRun,
      startedAt: this.#context.now(),
      before: before ?? null,
    }
    this.#running = this.#run(pass, pace, dryRun)
    return this.#status
  }

  /** Waits for the pass that runs, if one does. */
  async ended(): Promise<CollectionStatus | undefined> {
    await this.#running
    return this.#status
  }

  /** Ends a pass that runs, between two steps, and keeps what the next process has to know. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('the server was stopped'))
    await this.#running
    this.#time.tick()
    await this.#keep(false)
  }

  async #run(pass: CollectionPass, pace: Pace, dryRun: boolean): Promise<void> {
    const { signal } = this.#stopping
    let end: Pick<CollectionStatus, 'state' | 'reason'> = { state: 'finished' }
    try {
      const wanted = this.#strays || this.#context.unnamedBytes
      if (wanted && !dryRun) {
        this.#context.unnamedBytes = false
        pass.counts.strays = (await findOrphans(this.#context, pace, signal)).length
        this.#strays = false
      }
      const holder = await pass.run()
      if (holder !== undefined) {
        end = { state: 'suspended', reason: `${holder} holds removals off` }
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      end = { state: signal.aborted ? 'stopped' : 'failed', reason }
      if (!signal.aborted) this.#context.log.error({ err: error }, 'a collection has failed')
    }
    this.#status = { ...this.#status!, ...pass.counts, ...end, endedAt: this.#context.now() }
    this.#pass = undefined
    const level = pass.counts.examined > 0 ? 'info' : 'debug'
    this.#context.log[level]({ ...this.#status }, 'a collection has ended')
    await this.#keep(true)
  }

  async #keep(open: boolean): Promise<void> {
    if (!this.#context.storage.index.health.writable) return
    const strays = open || this.#strays || this.#context.unnamedBytes
    const last = this.#status?.state === 'running' ? undefined : this.#status
    const kept: Kept = { stretches: this.#time.stretches, strays, ...(last && { last }) }
    await this.#context.storage.index.progress.put(NAME, kept).catch((error: unknown) => {
      this.#context.log.warn({ err: error }, 'collection could not take note of the time')
    })
  }
}
