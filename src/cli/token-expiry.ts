import { DURATION, parseDuration } from '../config/units.ts'
import { UsageError } from './command.ts'

/**
 * The value of `--expires` in milliseconds; undefined for a token that does not expire.
 * @throws UsageError
 */
export function parseLifetime(expires: string | undefined): number | undefined {
  if (expires === undefined) return undefined
  const lifetime = DURATION.test(expires) ? parseDuration(expires) : 0
  if (lifetime > 0) return lifetime
  throw new UsageError(`--expires ${expires}: use a duration such as 24h or 720h`)
}
