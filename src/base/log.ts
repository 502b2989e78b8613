/**
 * The log as all code sees it; the process passes in an implementation. Fields are structured,
 * messages are fixed texts.
 */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
