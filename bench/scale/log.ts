import type { Log } from '../../src/base/log.ts'

/** Only what the reader of a table must know. */
export const log: Log = {
  debug() {},
  info() {},
  warn: (fields, message) => console.error(message, fields),
  error: (fields, message) => console.error(message, fields),
}
