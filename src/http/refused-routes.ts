import { RegistryError } from '../oci/errors.ts'
import type { Route } from './route.ts'

/** The same table with deletions of content refused (`delete.enabled: false`). */
export function refuseDeletions(table: readonly Route[]): readonly Route[] {
  return table.map((route) => {
    if (route.access !== 'delete') return route
    const others = table.filter(({ path, method }) => path === route.path && method !== 'DELETE')
    const allowed = others.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    const handle = async () => {
      throw new RegistryError(
        'DELETE_DISABLED',
        'deleting is turned off in this registry (delete.enabled)',
        { headers: { Allow: allowed.join(', ') } },
      )
    }
    return { ...route, handle }
  })
}

/** The same table with every change of a repository refused (`storage.readOnly: true`). */
export function refuseWrites(table: readonly Route[]): readonly Route[] {
  return table.map((route) => (changesRepository(route) ? { ...route, handle: refuse } : route))
}

function changesRepository({ method, access }: Route): boolean {
  return method !== 'GET' && (access === 'push' || access === 'delete' || access === 'upload')
}

async function refuse(): Promise<never> {
  throw new RegistryError(
    'READ_ONLY',
    'the registry is in maintenance and takes no pushes and deletes (storage.readOnly): try again later',
  )
}
