import type { Config } from '../config.ts'
import type { Registry } from '../registry/registry.ts'
import { Collector } from '../registry/upkeep/collector.ts'
import { Scrubber } from '../registry/upkeep/scrubber.ts'

/** Milliseconds between two counts of the collector's running time. */
const TICK = 60_000
/** Milliseconds after which a paused collection is tried again. */
const RETRY = 60_000
/** Milliseconds between two sweeps of unfinished uploads; less if uploads expire sooner. */
const LONGEST_SWEEP_INTERVAL = 2 * 60_000
const SHORTEST_SWEEP_INTERVAL = 1000

export interface Upkeep {
  readonly collector: Collector
  readonly scrubber: Scrubber
  close(): Promise<void>
}

/** Starts what the registry does regularly: it collects garbage and ends expired uploads. */
export async function startUpkeep(config: Config, registry: Registry): Promise<Upkeep> {
  const { gc, scrub, storage } = config
  const { context } = registry
  const collector = await Collector.open(context, config)
  const scrubber = await Scrubber.open(context, scrub.rate)
  const sweeps = await startSweeps(config, registry)
  const timers = [every(Math.min(TICK, gc.interval), () => void collector.tick())]
  if (gc.enabled && !storage.readOnly) {
    timers.push(every(gc.interval, () => startCollection(collector, registry)))
    if (gc.interval > RETRY) {
      timers.push(
        every(RETRY, () => {
          if (collector.status?.state === 'paused') startCollection(collector, registry)
        }),
      )
    }
  }
  return {
    collector,
    scrubber,
    async close() {
      for (const timer of timers) clearInterval(timer)
      await scrubber.close()
      await collector.close()
      await sweeps.close()
    },
  }
}

/** Ends expired uploads, now and regularly. */
async function startSweeps(
  { uploads: { expiry } }: Config,
  { uploads, context }: Registry,
): Promise<{ close(): Promise<void> }> {
  const sweep = () =>
    uploads
      .sweep()
      // A registry whose index cannot be written is still there for pulls.
      .catch((error: unknown) =>
        context.log.error({ err: error }, 'expired uploads could not be deleted'),
      )
  await sweep()
  let running: Promise<void> = Promise.resolve()
  const interval = Math.max(SHORTEST_SWEEP_INTERVAL, Math.min(LONGEST_SWEEP_INTERVAL, expiry / 4))
  const timer = every(interval, () => {
    running = running.then(sweep)
  })
  return {
    async close() {
      clearInterval(timer)
      await running
    },
  }
}

function every(milliseconds: number, work: () => void): NodeJS.Timeout {
  return setInterval(work, milliseconds).unref()
}

/**
 * Starts a collection, unless one is running or the index cannot be written, which is logged
 * elsewhere.
 */
function startCollection(collector: Collector, { context }: Registry): void {
  try {
    collector.start()
  } catch (error) {
    context.log.debug({ err: error }, 'no collection was started')
  }
}
