import type { Log } from '../base/log.ts'
import type { Registry } from '../registry/registry.ts'

/**
 * Unfinished uploads are looked at this often, or more often if they expire sooner. Milliseconds.
 */
const SWEEP_INTERVAL = 10 * 60_000
const SHORTEST_SWEEP_INTERVAL = 1000

/** Drops unfinished uploads whose time is over, now and then; gives what ends that. */
export async function sweepRegularly(
  registry: Registry,
  expiry: number,
  log: Log,
): Promise<() => Promise<void>> {
  const sweep = () =>
    registry.uploads
      .sweep()
      // Of a registry that is read-only: what is there can be pulled all the same.
      .catch((error: unknown) =>
        log.error({ err: error }, 'unfinished uploads could not be looked at'),
      )
  await sweep()
  let running: Promise<void> = Promise.resolve()
  const interval = Math.max(SHORTEST_SWEEP_INTERVAL, Math.min(SWEEP_INTERVAL, expiry / 4))
  const timer = setInterval(() => {
    running = running.then(sweep)
  }, interval).unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
