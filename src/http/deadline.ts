import { KIB } from '../base/sizes.ts'
import { RegistryError } from '../oci/errors.ts'

/** Milliseconds that any body which is held in memory may take. */
const PATIENCE = 20_000
/** Bytes for each millisecond that a larger body may take in addition. */
const SLOWEST = (64 * KIB) / 1000

/** The time by which a body has to be there that the server holds in memory. */
export interface Deadline {
  /**
   * Rejects when the time is over.
   * @throws RegistryError TOO_SLOW
   */
  readonly passed: Promise<never>
  clear(): void
}

/**
 * Uploads have no deadline, because their bytes go to disk; a manifest or a form takes memory until
 * it is complete.
 * @param received bytes that have arrived by now
 */
export function startDeadline(received: () => number): Deadline {
  const { promise: passed, reject } = Promise.withResolvers<never>()
  passed.catch(() => undefined)
  const started = performance.now()
  let timer: NodeJS.Timeout | undefined
  const check = (): void => {
    const left = PATIENCE + received() / SLOWEST - (performance.now() - started)
    if (left > 0) timer = setTimeout(check, left).unref()
    else reject(tooSlowError())
  }
  check()
  return { passed, clear: () => clearTimeout(timer) }
}

function tooSlowError(): RegistryError {
  return new RegistryError(
    'TOO_SLOW',
    'the body did not arrive in time: send it together with the headers',
  )
}
