import type { TokenEndpoint } from './auth/token-endpoint.ts'
import { RegistryError } from '../oci/errors.ts'
import { BlobHandlers } from './handlers/blobs.ts'
import { CatalogHandlers } from './handlers/catalog.ts'
import { type ConsoleRouteOptions, consoleRoutes } from './console-routes.ts'
import { discover } from './handlers/discovery.ts'
import { ping } from './greetings.ts'
import { ManifestHandlers } from './handlers/manifests.ts'
import { packageRegistry } from './handlers/package-registry.ts'
import type { Probes } from './handlers/probes.ts'
import { ReferrerHandlers } from './handlers/referrers.ts'
import { operatorRoutes, type OperatorHandlers } from './operator-routes.ts'
import type { Route } from './route.ts'
import { TagHandlers } from './handlers/tags.ts'
import { type WasmRouteOptions, wasmRoutes } from './wasm-routes.ts'
import { UploadHandlers } from './handlers/uploads.ts'

export interface RouteOptions extends OperatorHandlers, WasmRouteOptions, ConsoleRouteOptions {
  readonly probes: Probes
  readonly tokenEndpoint: TokenEndpoint
  /** Bytes. */
  readonly manifestSize: number
}

/** Every endpoint. A GET answers HEAD too. */
export function routes({
  registry,
  probes,
  authorizer,
  console,
  tokenEndpoint,
  accessTokens,
  backups,
  upkeep,
  baseOf,
  packages,
  wasm,
  manifestSize,
  deletes,
  readOnly,
}: RouteOptions): readonly Route[] {
  const blobs = new BlobHandlers(registry)
  const uploads = new UploadHandlers(registry)
  const manifests = new ManifestHandlers(registry, manifestSize, baseOf)
  const tags = new TagHandlers(registry)
  const referrers = new ReferrerHandlers(registry)
  const catalog = new CatalogHandlers(registry)
  const ifDeletes = (handle: Route['handle'], others: string) =>
    deletes ? handle : refuseDelete(others)
  return [
    { id: 'end-1', method: 'GET', path: '/v2{/}', access: 'ping', handle: ping },
    {
      id: 'end-2',
      method: 'GET',
      path: '/v2/*name/blobs/:digest',
      access: 'pull',
      handle: blobs.get,
    },
    {
      id: 'end-3',
      method: 'GET',
      path: '/v2/*name/manifests/:reference',
      access: 'pull',
      handle: manifests.get,
    },
    {
      id: 'end-4',
      method: 'POST',
      path: '/v2/*name/blobs/uploads{/}',
      access: 'push',
      handle: uploads.start,
    },
    {
      id: 'end-5',
      method: 'PATCH',
      path: '/v2/*name/blobs/uploads/:id',
      access: 'session',
      handle: uploads.append,
    },
    {
      id: 'end-6',
      method: 'PUT',
      path: '/v2/*name/blobs/uploads/:id',
      access: 'session',
      handle: uploads.finish,
    },
    {
      id: 'end-7',
      method: 'PUT',
      path: '/v2/*name/manifests/:reference',
      access: 'push',
      handle: manifests.put,
    },
    { id: 'end-8', method: 'GET', path: '/v2/*name/tags/list', access: 'pull', handle: tags.list },
    {
      id: 'end-9',
      method: 'DELETE',
      path: '/v2/*name/manifests/:reference',
      access: 'delete',
      handle: ifDeletes(manifests.delete, 'GET, HEAD, PUT'),
    },
    {
      id: 'end-10',
      method: 'DELETE',
      path: '/v2/*name/blobs/:digest',
      access: 'delete',
      handle: ifDeletes(blobs.delete, 'GET, HEAD'),
    },
    {
      id: 'end-12',
      method: 'GET',
      path: '/v2/*name/referrers/:digest',
      access: 'pull',
      handle: referrers.list,
    },
    {
      id: 'end-13',
      method: 'GET',
      path: '/v2/*name/blobs/uploads/:id',
      access: 'session',
      handle: uploads.status,
    },
    {
      id: 'end-14',
      method: 'DELETE',
      path: '/v2/*name/blobs/uploads/:id',
      access: 'session',
      handle: uploads.cancel,
    },
    { id: 'catalog', method: 'GET', path: '/v2/_catalog', access: 'catalog', handle: catalog.list },
    {
      id: 'discover',
      method: 'GET',
      path: '/v2/_oci/ext/discover',
      access: 'ping',
      handle: discover,
    },
    {
      id: 'discover-repository',
      method: 'GET',
      path: '/v2/*name/_oci/ext/discover',
      access: 'pull',
      handle: discover,
    },
    ...wasmRoutes({ registry, wasm, baseOf, packages }),
    { id: 'token', method: 'GET', path: '/token', access: 'open', handle: tokenEndpoint.get },
    {
      id: 'token-post',
      method: 'POST',
      path: '/token',
      access: 'open',
      handle: tokenEndpoint.post,
    },
    ...operatorRoutes({ accessTokens, backups, upkeep }),
    {
      id: 'wkg',
      method: 'GET',
      path: '/.well-known/wasm-pkg/registry.json',
      access: 'open',
      handle: packageRegistry(packages, baseOf),
    },
    ...consoleRoutes({ registry, wasm, authorizer, baseOf, deletes, readOnly, console }),
    { id: 'livez', method: 'GET', path: '/livez', access: 'open', handle: probes.live },
    { id: 'readyz', method: 'GET', path: '/readyz', access: 'open', handle: probes.ready },
  ]
}

/** @param others methods that the address does take */
function refuseDelete(others: string): () => Promise<never> {
  return async () => {
    throw new RegistryError(
      'DELETE_DISABLED',
      'deleting is turned off in this registry (delete.enabled)',
      { headers: { Allow: others } },
    )
  }
}
