import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { isDigest } from '../oci/digest.ts'
import type { Log } from '../oci/log.ts'
import { isRepositoryName } from '../oci/name.ts'
import type { BlobRecord, ManifestRecord } from '../../storage/index.ts'
import type { Registry } from '../registry/registry.ts'
import { checkHost } from './address.ts'
import { blobHeaders, type Headers, isNotModified, manifestHeaders, SAFETY } from './headers.ts'
import { logAccess, requestId } from './observe.ts'

const SHAPE = /^\/v2\/([a-z0-9._/-]+)\/(manifests|blobs)\/([A-Za-z0-9._:-]+)$/

interface Warm {
  readonly record: ManifestRecord | BlobRecord
  readonly bytes: Uint8Array
}

/** Headers by what they describe: the Index gives the same object until it changes. */
const headersOf = new WeakMap<ManifestRecord | BlobRecord, Headers>()

/**
 * Answers warm reads of manifests and small blobs in front of Koa, which costs more than the answer. Whatever is not of the
 * plain shape, not in memory or not there goes to Koa untouched; test/http/fast-path.test.ts holds both equal.
 */
export function fastPath(
  registry: Registry,
  log: Log,
  closing: () => boolean,
  koa: RequestListener,
): RequestListener {
  return (request, response) => {
    const shape = isPlain(request) && !closing() ? SHAPE.exec(request.url!) : null
    if (shape === null || !isRepositoryName(shape[1]!)) return koa(request, response)
    const [, name = '', kind, reference = ''] = shape
    return find(registry, name, kind === 'manifests', reference).then(
      (warm) =>
        warm
          ? answer(request, response, warm, kind === 'manifests' ? 'end-3' : 'end-2', log)
          : koa(request, response),
      // Failures have one writer, and it is not here.
      () => koa(request, response),
    )
  }
}

function isPlain({ method, headers }: IncomingMessage): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  if (
    headers.range !== undefined ||
    headers['content-length'] !== undefined ||
    headers['transfer-encoding'] !== undefined
  ) {
    return false
  }
  try {
    checkHost(headers.host)
    return true
  } catch {
    return false
  }
}

async function find(
  registry: Registry,
  name: string,
  isManifest: boolean,
  reference: string,
): Promise<Warm | undefined> {
  if (isManifest) {
    const manifest = await registry.manifests.stat(name, reference)
    const bytes = registry.manifests.cached(manifest.digest)
    return bytes && { record: manifest, bytes }
  }
  if (!isDigest(reference)) return undefined
  const blob = await registry.blobs.stat(name, reference)
  const bytes = registry.blobs.cached(blob)
  return bytes && { record: blob, bytes }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { record, bytes }: Warm,
  route: string,
  log: Log,
): void {
  const id = requestId(request)
  logAccess(log, request, response, id, () => route)
  const unchanged = isNotModified(request.headers['if-none-match'], record.digest)
  const sent: Headers = { 'X-Request-Id': id, ...describe(record) }
  if (unchanged) delete sent['Content-Length']
  response.writeHead(unchanged ? 304 : 200, sent)
  response.end(unchanged || request.method === 'HEAD' ? undefined : bytes)
}

function describe(record: ManifestRecord | BlobRecord): Headers {
  const known = headersOf.get(record)
  if (known) return known
  const headers = {
    ...('mediaType' in record ? manifestHeaders(record) : blobHeaders(record)),
    ...SAFETY,
  }
  headersOf.set(record, headers)
  return headers
}
