import { RegistryError } from '../oci/errors.ts'

/** @param seconds until the client should try again */
export function tooManyRequestsError(seconds: number): RegistryError {
  return new RegistryError(
    'TOO_MANY_REQUESTS',
    'too many passwords are being checked: try again later',
    { headers: { 'Retry-After': String(seconds) } },
  )
}
