import { RegistryError } from '../oci/errors.ts'
import type { Route } from './route.ts'

/** The same endpoints, of which those that change a repository refuse to: what is there can still be pulled. */
export function readOnly(routes: readonly Route[]): readonly Route[] {
  return routes.map((route) => (writes(route) ? { ...route, handle: refuseWrite } : route))
}

function writes({ method, access }: Route): boolean {
  return method !== 'GET' && (access === 'push' || access === 'delete' || access === 'session')
}

async function refuseWrite(): Promise<void> {
  throw new RegistryError(
    'READ_ONLY',
    'the registry is in maintenance and takes no pushes and deletes (storage.readOnly): try again later',
  )
}
