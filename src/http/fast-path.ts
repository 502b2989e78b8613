import { KIB } from '../base/sizes.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isDigest } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import { isRepositoryName } from '../oci/name.ts'
import type { RequestDetails, RequestObserver } from '../observability/request-observer.ts'
import type { BlobRecord } from '../../storage/index/blobs.ts'
import type { ManifestRecord } from '../../storage/index/manifests.ts'
import type { Registry } from '../registry/registry.ts'
import { checkHost } from './address.ts'
import { failureBody } from './errors.ts'
import { blobHeaders, type Headers, isNotModified, manifestHeaders, SAFETY } from './headers.ts'
import { type AccessDetails, observeAnswer, requestId } from './observe.ts'
import { FAST_ROUTES } from './routes.ts'
import type { Handle } from './server.ts'

const SHAPE = /^\/v2\/([a-z0-9._/-]+)\/(manifests|blobs)\/([A-Za-z0-9._:-]+)$/

/** Arguments for the observer. */
interface Observed {
  readonly observer: RequestObserver
  readonly access: AccessDetails
  readonly details: RequestDetails
}

/** Content in memory. */
interface Warm {
  readonly record: ManifestRecord | BlobRecord
  readonly bytes: Uint8Array
}

/**
 * Headers by the record that they describe, as alternating names and values. The Index returns the
 * same object until the record changes.
 */
const headersOf = new WeakMap<ManifestRecord | BlobRecord, readonly string[]>()
/** Small bodies as Latin-1 text, by their bytes. */
const textOf = new WeakMap<Uint8Array, string>()
/**
 * Bodies up to this many bytes are sent in one write with their headers. Node does so only for
 * text.
 */
const ONE_WRITE = 16 * KIB
/** Larger bodies are answered by Koa, which holds memory for them. */
const SMALL_BODY = 64 * KIB

export interface FastPathOptions {
  readonly registry: Registry
  readonly observer: RequestObserver
  /**
   * The account of a caller that may pull; undefined if finding out takes a password check, or if
   * it may not.
   */
  readonly pullsQuickly: (
    request: IncomingMessage,
    name: string,
  ) => Promise<{ account?: string } | undefined>
  /** Whether a request asks for this registry by a name that it answers to. */
  readonly isOwnName: (request: IncomingMessage) => boolean
  /** Whether connections are to be closed. */
  readonly closing: () => boolean
}

/**
 * Answers reads of manifests and small blobs from memory, in front of Koa, which costs more than
 * the answer. Any other request goes to Koa untouched; test/http/fast-path.test.ts checks that both
 * give the same answers.
 */
export function fastPath(
  { registry, observer, pullsQuickly, isOwnName, closing }: FastPathOptions,
  koa: Handle,
): Handle {
  return (request, response) => {
    const isFast = isPlain(request) && isOwnName(request) && !closing()
    const shape = isFast ? SHAPE.exec(request.url!) : null
    if (shape === null || !isRepositoryName(shape[1]!)) return koa(request, response)
    const [, name = '', kind, reference = ''] = shape
    const isManifest = kind === 'manifests'
    const answerAs = (caller: { account?: string } | undefined) => {
      if (caller === undefined) return koa(request, response)
      const route = isManifest ? FAST_ROUTES.manifests : FAST_ROUTES.blobs
      const observed = { observer, access: { route: route.id, ...caller }, details: route.details }
      return find(registry, name, isManifest, reference).then(
        (warm) => (warm ? answer(request, response, warm, observed) : koa(request, response)),
        (error: unknown) =>
          isUnknown(error) ? refuse(request, response, error, observed) : koa(request, response),
      )
    }
    return pullsQuickly(request, name).then(answerAs, () => koa(request, response))
  }
}

function isPlain(request: IncomingMessage): boolean {
  const { method, headers } = request
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
    return bytes && isSmall(bytes) ? { record: manifest, bytes } : undefined
  }
  if (!isDigest(reference)) return undefined
  const blob = await registry.blobs.stat(name, reference)
  const bytes = registry.blobs.cached(blob)
  return bytes && isSmall(bytes) ? { record: blob, bytes } : undefined
}

/**
 * Whether the socket takes all of it at once, so that a client that reads nothing holds nothing.
 */
function isSmall({ byteLength }: Uint8Array): boolean {
  return byteLength <= SMALL_BODY
}

/** Answered here too, because every push first asks for blobs that are not there yet. */
function isUnknown(error: unknown): error is RegistryError {
  return error instanceof RegistryError && error.status === 404
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: RegistryError,
  { observer, access }: Observed,
): void {
  const id = requestId(request)
  const body = failureBody(error)
  observeAnswer(
    observer,
    { request, response, id },
    () => ({ ...access, bytes: body.byteLength }),
    () => ({ failure: error }),
  )
  response.writeHead(error.status, {
    'X-Request-Id': id,
    'Content-Type': 'application/json',
    'Content-Length': String(body.byteLength),
    ...SAFETY,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { record, bytes }: Warm,
  { observer, access, details }: Observed,
): void {
  const id = requestId(request)
  const unchanged = isNotModified(request.headers['if-none-match'], record.digest)
  observeAnswer(
    observer,
    { request, response, id },
    () => ({ ...access, bytes: unchanged ? 0 : record.size }),
    () => details,
  )
  const headers = ['X-Request-Id', id, ...(unchanged ? withoutBody(record) : describe(record))]
  response.writeHead(unchanged ? 304 : 200, headers)
  if (unchanged || request.method === 'HEAD') response.end()
  else if (bytes.byteLength <= ONE_WRITE) response.end(asText(bytes), 'latin1')
  else response.end(bytes)
}

function asText(bytes: Uint8Array): string {
  const known = textOf.get(bytes)
  if (known !== undefined) return known
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  textOf.set(bytes, text)
  return text
}

/** RFC 9110, section 15.4.5: the headers of a 304, without those that only describe a body. */
function withoutBody(record: ManifestRecord | BlobRecord): string[] {
  const { 'Content-Length': _length, 'Content-Type': _type, ...rest } = allHeaders(record)
  return Object.entries(rest).flat()
}

function describe(record: ManifestRecord | BlobRecord): readonly string[] {
  const known = headersOf.get(record)
  if (known) return known
  const headers = Object.entries(allHeaders(record)).flat()
  headersOf.set(record, headers)
  return headers
}

function allHeaders(record: ManifestRecord | BlobRecord): Headers {
  return { ...('mediaType' in record ? manifestHeaders(record) : blobHeaders(record)), ...SAFETY }
}
