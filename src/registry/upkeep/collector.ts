import type { GcStatus } from '../../api/operations.ts'
import { messageOf } from '../../base/errno.ts'
import { anyPattern } from '../../base/patterns.ts'
import { RegistryError } from '../../oci/errors.ts'
import { withMargin } from '../access-times.ts'
import type { RegistryContext } from '../context.ts'
import { CollectionPass, type PassOptions } from './collection-pass.ts'
import { findOrphans } from './orphans.ts'
import { Pace } from './pace.ts'
import { RunningTime, type Stretch } from './running-time.ts'

/** The sections of the configuration that the collector follows. */
export interface CollectorOptions {
  readonly gc: {
    /** Milliseconds. */
    readonly grace: number
    /** Candidates per second; 0 for no limit. */
    readonly rate: number
    /** Patterns of the repositories whose untagged manifests are deleted. */
    readonly untaggedRepositories: readonly string[]
    /** Milliseconds that untagged manifests stay at least. */
    readonly untaggedAfter: number
  }
  readonly uploads: {
    /** Milliseconds after which an idle upload session expires. */
    readonly expiry: number
  }
  /** The monotonic clock, see {@link RunningTime} (default: the clock of the process). */
  readonly steady?: (() => number) | undefined
}

/** The state that a collector stores for the next process. */
interface SavedState {
  readonly stretches: readonly Stretch[]
  /** Whether there may be orphans that no search has found so far. */
  readonly orphans: boolean
  readonly last?: GcStatus
}

const NAME = 'collection'
/**
 * Candidates per index operation, or fewer where that still makes this many operations a second: a
 * candidate takes at least an eighth of a millisecond of the event loop, and requests must not have
 * to wait for many in a row.
 */
const LARGEST_BATCH = 64
const BATCHES_PER_SECOND = 128

/** Deletes unreferenced content, a little at a time, while the registry is in use. */
export class Collector {
  readonly #context: RegistryContext
  readonly #options: CollectorOptions
  readonly #time: RunningTime
  readonly #stopping = new AbortController()
  #status: GcStatus | undefined
  #pass: CollectionPass | undefined
  #running: Promise<void> = Promise.resolve()

  private constructor(context: RegistryContext, options: CollectorOptions, saved?: SavedState) {
    this.#context = context
    this.#options = options
    const { steady = () => performance.now() } = options
    this.#time = new RunningTime({ now: context.now, steady }, saved?.stretches ?? [])
    this.#status = saved?.last
  }

  static async open(context: RegistryContext, options: CollectorOptions): Promise<Collector> {
    const saved = await context.storage.index.progress.get<SavedState>(NAME)
    if (saved?.orphans) context.orphans.suspect()
    const collector = new Collector(context, options, saved)
    // Until a clean end the saved state says that there may be orphans: a killed process leaves it
    // so.
    await collector.#save({ orphans: true })
    return collector
  }

  /** The pass that is running, or the last one, possibly of an earlier process. */
  get status(): GcStatus | undefined {
    return this.#pass ? { ...this.#status!, ...this.#pass.counts } : this.#status
  }

  /** Counts and saves the running time. To be called about once a minute. */
  async tick(): Promise<void> {
    this.#time.tick()
    await this.#save({ orphans: true })
  }

  /**
   * Begins a pass, or joins the one that is running.
   * @throws RegistryError CONFLICT if a dry run was asked for and a real pass is running, or the
   *   other way round; UNAVAILABLE if the index cannot be written
   */
  start(dryRun = false): GcStatus {
    const { index } = this.#context.storage
    if (this.#pass && this.#status?.dryRun === dryRun) return this.#status
    if (this.#pass)
      throw new RegistryError('CONFLICT', 'another collection is running: wait until it ends')
    if (index.health.failure) throw index.health.failure
    this.#time.tick()
    const { rate, untaggedRepositories } = this.#options.gc
    const pace = new Pace(rate, this.#stopping.signal)
    const cutoffs = this.#cutoffs()
    const pass = new CollectionPass(this.#context, {
      cutoffs,
      untagged: anyPattern(untaggedRepositories),
      dryRun,
      batch:
        rate === 0 ? LARGEST_BATCH : Math.min(LARGEST_BATCH, Math.ceil(rate / BATCHES_PER_SECOND)),
      pace,
    })
    this.#pass = pass
    this.#status = {
      ...pass.counts,
      state: 'running',
      dryRun,
      startedAt: this.#context.now(),
      cutoff: cutoffs.link ?? null,
    }
    this.#running = this.#run(pass, pace, dryRun)
    return this.#status
  }

  /** Resolves when no pass is running. */
  async ended(): Promise<GcStatus | undefined> {
    await this.#running
    return this.#status
  }

  /** Stops a running pass between two operations, and saves what the next process needs. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('the server was stopped'))
    await this.#running
    this.#time.tick()
    await this.#save({ orphans: this.#context.orphans.suspected })
  }

  #cutoffs(): PassOptions['cutoffs'] {
    const { gc, uploads } = this.#options
    const age = withMargin(gc.grace)
    const cutoff = this.#time.ago(age)
    return {
      link: cutoff,
      blob: cutoff,
      // An upload session may take back bytes whose entry was never written.
      key: this.#time.ago(Math.max(age, uploads.expiry)),
      manifest:
        gc.untaggedRepositories.length > 0
          ? this.#time.ago(Math.max(age, gc.untaggedAfter))
          : undefined,
    }
  }

  async #run(pass: CollectionPass, pace: Pace, dryRun: boolean): Promise<void> {
    const { signal } = this.#stopping
    let end: Pick<GcStatus, 'state' | 'reason'> = { state: 'finished' }
    try {
      if (!dryRun) pass.counts.orphans = await this.#findOrphans(pace)
      const pausedBy = await pass.run()
      if (pausedBy !== undefined) end = { state: 'paused', reason: `a ${pausedBy} is running` }
    } catch (error) {
      end = { state: signal.aborted ? 'stopped' : 'failed', reason: messageOf(error) }
      if (!signal.aborted) this.#context.log.error({ err: error }, 'a collection has failed')
    }
    this.#status = { ...this.#status!, ...pass.counts, ...end, endedAt: this.#context.now() }
    this.#pass = undefined
    const level = pass.counts.examined > 0 ? 'info' : 'debug'
    this.#context.log[level]({ ...this.#status }, 'a collection has ended')
    await this.#save({ orphans: true })
  }

  async #findOrphans(pace: Pace): Promise<number> {
    const { orphans } = this.#context
    if (!orphans.takeSuspicion()) return 0
    try {
      return (await findOrphans(this.#context, pace, this.#stopping.signal)).length
    } catch (error) {
      orphans.suspect()
      throw error
    }
  }

  async #save({ orphans }: Pick<SavedState, 'orphans'>): Promise<void> {
    if (!this.#context.storage.index.health.writable) return
    const last = this.#status?.state === 'running' ? undefined : this.#status
    const saved: SavedState = { stretches: this.#time.stretches, orphans, ...(last && { last }) }
    await this.#context.storage.index.progress.put(NAME, saved).catch((error: unknown) => {
      this.#context.log.warn({ err: error }, 'the state of collection could not be saved')
    })
  }
}
