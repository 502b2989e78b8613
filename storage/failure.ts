import { RegistryError } from '../src/oci/errors.ts'

const RETRY_AFTER = { 'Retry-After': '5' }
const NO_SPACE = /ENOSPC|EDQUOT|no space left|quota exceeded/i

/**
 * What a failed disk or database operation means to a client. Nothing acknowledged before it is lost, nothing is
 * acknowledged because of it, and the client may try again.
 */
export function storageFailure(cause: unknown): RegistryError {
  if (cause instanceof RegistryError) return cause
  const text = describe(cause)
  return NO_SPACE.test(text)
    ? new RegistryError(
        'STORAGE_FULL',
        'the registry has no space left on its disk: nothing was stored; try again when its operator has made room',
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
