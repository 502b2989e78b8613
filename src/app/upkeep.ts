import type { Config } from '../config.ts'
import type { RegistryContext } from '../registry/context.ts'
import { Collector } from '../registry/upkeep/collector.ts'
import { Scrubber } from '../registry/upkeep/scrubber.ts'

/** How often the collector is told the time. Milliseconds. */
const TICK = 60_000
/** A collection that was held off is tried again this soon. */
const RETRY = 60_000

export interface Upkeep {
  readonly collector: Collector
  readonly scrubber: Scrubber
  close(): Promise<void>
}

/** Collection now and then, and scrubs when they are asked for. */
export async function startUpkeep(config: Config, context: RegistryContext): Promise<Upkeep> {
  const { gc, scrub, uploads, storage } = config
  const collector = await Collector.open(context, {
    grace: gc.grace,
    rate: gc.rate,
    uploadExpiry: uploads.expiry,
    untagged: { repositories: gc.untaggedRepositories, after: gc.untaggedAfter },
  })
  const scrubber = await Scrubber.open(context, scrub.rate)
  const timers = [every(Math.min(TICK, gc.interval), () => void collector.tick())]
  if (gc.enabled && !storage.readOnly) {
    timers.push(every(gc.interval, () => begin(collector, context)))
    if (gc.interval > RETRY) {
      timers.push(
        every(RETRY, () => {
          if (collector.status?.state === 'paused') begin(collector, context)
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
    },
  }
}

function every(milliseconds: number, work: () => void): NodeJS.Timeout {
  return setInterval(work, milliseconds).unref()
}

/** One that runs already is as good; an index that cannot be written is told elsewhere. */
function begin(collector: Collector, { log }: RegistryContext): void {
  try {
    collector.start()
  } catch (error) {
    log.debug({ err: error }, 'no collection was begun')
  }
}
