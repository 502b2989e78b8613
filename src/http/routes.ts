import type { IncomingMessage } from 'node:http'
import type { Action } from '../api/actions.ts'
import type { AccessTokens } from '../auth/access-tokens.ts'
import type { Authorizer } from '../auth/authorizer.ts'
import type { Backups } from '../registry/backups.ts'
import type { Registry } from '../registry/registry.ts'
import type { Collector } from '../registry/upkeep/collector.ts'
import type { Scrubber } from '../registry/upkeep/scrubber.ts'
import type { AccessTokens as TokenIndex } from '../../storage/index/access-tokens.ts'
import type { WasmServices } from '../wasm/live/wasm-services.ts'
import type { CatalogPaging } from './catalog-paging.ts'
import type { TokenEndpoint } from './auth/token-endpoint.ts'
import type { ConsoleAssets } from './console-assets.ts'
import { createToken, listTokens, revokeToken } from './handlers/access-tokens.ts'
import { deleteBlob, getBlob } from './handlers/blobs.ts'
import { listCatalog } from './handlers/catalog.ts'
import { consolePage, home } from './handlers/console.ts'
import { discover } from './handlers/discovery.ts'
import { makeLayout } from './handlers/layouts.ts'
import { listRepositories, listTagsOfManifest, listTagsWithSummaries } from './handlers/listings.ts'
import { deleteManifest, getManifest, putManifest } from './handlers/manifests.ts'
import {
  backupStatus,
  collectionStatus,
  scrubStatus,
  startBackup,
  startCollection,
  startScrub,
} from './handlers/operations.ts'
import { type PackageOptions, packageRegistry } from './handlers/package-registry.ts'
import { ping } from './handlers/ping.ts'
import { live, ready, type Unready } from './handlers/probes.ts'
import { listReferrers } from './handlers/referrers.ts'
import { getSnippet } from './handlers/snippets.ts'
import { listTags } from './handlers/tags.ts'
import {
  appendToUpload,
  cancelUpload,
  finishUpload,
  startUpload,
  uploadStatus,
} from './handlers/uploads.ts'
import { getReport, getReportSchema } from './handlers/wasm-reports.ts'
import { whoami } from './handlers/whoami.ts'
import { refuseDeletions, refuseWrites } from './refused-routes.ts'
import { del, get, type Handler, NO_EVENT, patch, post, put, type Route } from './route.ts'

export interface RouteOptions {
  readonly registry: Registry
  readonly wasm: WasmServices
  readonly authorizer: Pick<Authorizer, 'open' | 'anonymousPull'>
  readonly tokens: TokenEndpoint
  readonly tokenIndex: TokenIndex
  readonly catalogPaging: CatalogPaging
  /** Absent where access tokens are turned off. */
  readonly accessTokens: AccessTokens | undefined
  readonly backups: Backups
  readonly collector: Collector
  readonly scrubber: Scrubber
  readonly unready: Unready
  /** Empty where the console is turned off or not built. */
  readonly console: ConsoleAssets
  readonly packages: PackageOptions
  /**
   * Base of absolute addresses, as the client of a request knows the registry; without a final
   * slash.
   */
  readonly baseOf: (request: IncomingMessage) => string
  /** Bytes that a manifest may have. */
  readonly manifestSize: number
  /** Whether content can be deleted (`delete.enabled`). */
  readonly deletes: boolean
  /** Whether nothing may be changed at present (`storage.readOnly`). */
  readonly readOnly: boolean
  readonly now: () => number
}

/** A ping with a password is how docker logs in; clients that use tokens send it to /token. */
const LOGIN = { event: { event: 'login' } } as const
const PULL_MANIFEST = { event: { event: 'pull', kind: 'manifest' } } as const
const PULL_BLOB = { event: { event: 'pull', kind: 'blob' } } as const
const PUSH_MANIFEST = { event: { event: 'push', kind: 'manifest' } } as const
const PUSH_BLOB = { event: { event: 'push', kind: 'blob' } } as const
/** 201 where the request also brought or mounted the blob, 202 where it only opened a session. */
const PUSH_BLOB_IF_CREATED = { event: { event: 'push', kind: 'blob', status: 201 } } as const
const DELETE = { event: { event: 'delete' } } as const
const OPERATION = { event: { event: 'operation' } } as const
const NONE = { event: NO_EVENT } as const

/** The events of the routes that the fast path answers, too. */
export const FAST_ROUTES = {
  manifests: { id: 'manifest-get', details: PULL_MANIFEST },
  blobs: { id: 'blob-get', details: PULL_BLOB },
} as const

/**
 * Every endpoint, one row each: id, method, path, access, handler, event, extension. Paths under
 * /v2/ are those of distribution-spec v1.1 ("Endpoints"), or extensions.
 */
export function routes(options: RouteOptions): readonly Route[] {
  const { catalogPaging, registry, wasm, authorizer, tokens, tokenIndex, accessTokens, baseOf } =
    options
  const { backups, collector, scrubber, console, packages, manifestSize, now } = options
  const discovery = (scope: 'registry' | 'repository'): Handler => discover(scope, () => table)
  // prettier-ignore
  const table: readonly Route[] = [
    get('ping', '/v2{/}', 'authenticated', ping, LOGIN),
    get('blob-get', '/v2/*name/blobs/:digest', 'pull', getBlob(registry), PULL_BLOB),
    del('blob-delete', '/v2/*name/blobs/:digest', 'delete', deleteBlob(registry), DELETE),
    post('upload-start', '/v2/*name/blobs/uploads{/}', 'push', startUpload(registry), PUSH_BLOB_IF_CREATED),
    get('upload-status', '/v2/*name/blobs/uploads/:id', 'upload', uploadStatus(registry)),
    patch('upload-append', '/v2/*name/blobs/uploads/:id', 'upload', appendToUpload(registry), NONE),
    put('upload-finish', '/v2/*name/blobs/uploads/:id', 'upload', finishUpload(registry), PUSH_BLOB),
    del('upload-cancel', '/v2/*name/blobs/uploads/:id', 'upload', cancelUpload(registry), NONE),
    get('manifest-get', '/v2/*name/manifests/:reference', 'pull', getManifest(registry), PULL_MANIFEST),
    put('manifest-put', '/v2/*name/manifests/:reference', 'push', putManifest(registry, manifestSize, baseOf), PUSH_MANIFEST),
    del('manifest-delete', '/v2/*name/manifests/:reference', 'delete', deleteManifest(registry), DELETE),
    get('tag-list', '/v2/*name/tags/list', 'pull', listTags(registry)),
    get('referrer-list', '/v2/*name/referrers/:digest', 'pull', listReferrers(registry)),
    get('discovery', '/v2/_oci/ext/discover', 'authenticated', discovery('registry'), { extension: 'discovery of extensions' }),
    get('discovery-repository', '/v2/*name/_oci/ext/discover', 'pull', discovery('repository'), { extension: 'discovery of extensions' }),
    get('catalog', '/v2/_catalog', 'catalog', listCatalog(registry, catalogPaging), { extension: 'names of repositories' }),

    get('token', '/token', 'public', tokens.get, LOGIN),
    post('token-form', '/token', 'public', tokens.post, LOGIN),
    get('whoami', '/v2/_wasmoor/whoami', 'optional', whoami(authorizer, baseOf), { extension: 'account of the caller' }),

    get('repository-list', '/v2/_wasmoor/repositories', 'catalog', listRepositories(registry, wasm, catalogPaging), { extension: 'repositories with counts and their newest tag' }),
    get('tag-summaries', '/v2/*name/_wasmoor/tags', 'pull', listTagsWithSummaries(registry, wasm, offers(options)), { extension: 'tags with a summary of their manifests' }),
    get('manifest-tags', '/v2/*name/_wasmoor/tags/:digest', 'pull', listTagsOfManifest(registry), { extension: 'tags of a manifest' }),
    get('wasm-report', '/v2/*name/_wasmoor/wasm/:reference', 'pull', getReport(registry, wasm, baseOf), { extension: 'Wasm report of an artifact' }),
    get('wasm-report-schema', '/v2/_wasmoor/wasm/schema', 'authenticated', getReportSchema(), { extension: 'JSON Schema of Wasm reports' }),
    post('layout-make', '/v2/*name/_wasmoor/wasm/:reference', 'push', makeLayout(registry, wasm, baseOf), { event: { event: 'push' }, extension: 'layouts of an artifact' }),
    get('snippet', '/v2/*name/_wasmoor/snippets/:reference', 'pull', getSnippet(registry, wasm, baseOf, packages), { extension: 'deployment texts for an artifact' }),
    get('wkg', '/.well-known/wasm-pkg/registry.json', 'public', packageRegistry(packages, baseOf)),

    get('access-token-list', '/v2/_wasmoor/tokens', 'admin', listTokens(tokenIndex)),
    post('access-token-create', '/v2/_wasmoor/tokens', 'admin', createToken(accessTokens, now), OPERATION),
    del('access-token-revoke', '/v2/_wasmoor/tokens/:id', 'admin', revokeToken(tokenIndex), OPERATION),
    get('backup-status', '/v2/_wasmoor/backup', 'admin', backupStatus(backups)),
    post('backup-start', '/v2/_wasmoor/backup', 'admin-key', startBackup(backups), OPERATION),
    get('gc-status', '/v2/_wasmoor/gc', 'admin', collectionStatus(collector)),
    post('gc-start', '/v2/_wasmoor/gc', 'admin', startCollection(collector), OPERATION),
    get('scrub-status', '/v2/_wasmoor/scrub', 'admin', scrubStatus(scrubber)),
    post('scrub-start', '/v2/_wasmoor/scrub', 'admin', startScrub(scrubber), OPERATION),

    get('home', '/', 'public', home(console, baseOf)),
    get('console', '/ui{/{*path}}', 'public', consolePage(console, baseOf)),
    get('livez', '/livez', 'public', live),
    get('readyz', '/readyz', 'public', ready(options.unready)),
  ]
  const served = options.deletes ? table : refuseDeletions(table)
  return options.readOnly ? refuseWrites(served) : served
}

function offers({ deletes, readOnly }: RouteOptions): (action: Action) => boolean {
  return (action) => action === 'pull' || (!readOnly && (action !== 'delete' || deletes))
}
