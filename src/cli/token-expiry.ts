import { DURATION, parseDuration } from '../config/units.ts'
import { UsageError } from './command.ts'

/** What `--expires` asks for: how long a token lives, in milliseconds; nothing for one that does not expire. */
export function lifetimeOf(expires: string | undefined): { lifetime?: number } {
  if (expires === undefined) return {}
  const lifetime = DURATION.test(expires) ? parseDuration(expires) : 0
  if (lifetime > 0) return { lifetime }
  throw new UsageError(`--expires ${expires}: give a duration such as 24h, 720h`)
}
