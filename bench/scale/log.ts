import type { Log } from '../../src/base/log.ts'

/** Prints warnings and errors only. */
export const log: Log = {
  debug() {},
  info() {},
  warn: (fields, message) => console.error(message, fields),
  error: (fields, message) => console.error(message, fields),
}
