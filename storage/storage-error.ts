import { RegistryError } from '../src/oci/errors.ts'

const RETRY_AFTER = { 'Retry-After': '5' }
const NO_SPACE = /ENOSPC|EDQUOT|no space left|quota exceeded/i

/**
 * The error for clients when an operation of the disk or the database failed: STORAGE_FULL or
 * UNAVAILABLE, to be tried again. Nothing acknowledged is lost, and the failed operation is not
 * acknowledged.
 */
export function storageError(cause: unknown): RegistryError {
  if (cause instanceof RegistryError) return cause
  const text = describe(cause)
  return NO_SPACE.test(text)
    ? new RegistryError(
        'STORAGE_FULL',
        'the registry has no space left on its disk: nothing was stored; ask its operator to make room, then try again',
        { cause, headers: RETRY_AFTER },
      )
    : new RegistryError(
        'UNAVAILABLE',
        'the registry cannot use its disk: nothing was stored; try again later',
        { cause, headers: RETRY_AFTER },
      )
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const code = 'code' in cause ? String(cause.code) : ''
  return `${code} ${cause.message} ${cause.cause === undefined ? '' : describe(cause.cause)}`
}
