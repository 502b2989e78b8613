import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDockerConfig } from '../../auth/docker-config.ts'
import { parseKey } from '../../auth/docker-config-key.ts'
import { processEnvironment } from '../../config/environment.ts'
import { algorithmOf, type Digest, digestOf, isDigest } from '../../oci/digest.ts'
import { readManifest } from '../../oci/manifest.ts'
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_IMAGE_INDEX,
  OCI_IMAGE_MANIFEST,
  withoutParameters,
} from '../../oci/media-types.ts'
import { MIB } from '../../base/sizes.ts'
import { type Descriptor, isJsonObject } from '../../oci/descriptor.ts'
import { checkStep, fetchFollowing } from './redirects.ts'
import { type Artifact, readArtifact } from '../../wasm/model/artifact.ts'

const MANIFESTS = [OCI_IMAGE_MANIFEST, OCI_IMAGE_INDEX, DOCKER_MANIFEST, DOCKER_MANIFEST_LIST]
/** Bytes of a manifest, a token or an error. */
const MAX_BODY = 4 * MIB
/** Milliseconds to wait for the headers of a response. */
const PATIENCE = 30_000
/** Bytes per millisecond, below which a body is given up. */
const SLOWEST = 10
/** Milliseconds: a timer takes no more. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

/** A registry sent other bytes than a manifest describes. */
export class WrongContentError extends Error {}

export interface RegistryClientOptions {
  readonly secure: boolean
  /** Path of a dockerconfigjson. Absent: the one of docker, if there is one. */
  readonly credentials?: string
}

export interface RemoteManifest {
  readonly digest: Digest
  readonly artifact: Artifact
}

/** Reads one repository of any registry. All methods throw an Error with a message for people. */
export class RegistryClient {
  readonly #host: string
  readonly #base: string
  readonly #repository: string
  readonly #basic: string | undefined
  #authorization: string | undefined

  constructor(host: string, repository: string, { secure, credentials }: RegistryClientOptions) {
    this.#host = host
    this.#base = `${secure ? 'https' : 'http'}://${host}`
    this.#repository = repository
    this.#basic = basicFor(host, repository, credentials)
  }

  async manifest(reference: string): Promise<RemoteManifest> {
    const path = `/v2/${this.#repository}/manifests/${reference}`
    const response = await this.#get(path, { Accept: MANIFESTS.join(', ') })
    const bytes = await readBody(response, MAX_BODY)
    const given = reference.includes(':') ? (reference as Digest) : undefined
    const digest = digestOf(bytes, given ? algorithmOf(given) : 'sha256')
    if (given && given !== digest)
      throw new Error(`${this.#base}${path} returned a manifest with another digest`)
    const type = withoutParameters(response.headers.get('content-type') ?? '')
    return { digest, artifact: readArtifact(readManifest(bytes, type)) }
  }

  /**
   * The bytes of a blob as they arrive.
   * @throws WrongContentError at their end if they are not those of the descriptor
   */
  async *blob({ digest, size }: Descriptor): AsyncGenerator<Uint8Array> {
    const path = `/v2/${this.#repository}/blobs/${digest}`
    const { body } = await this.#get(path, {}, size)
    const algorithm = isDigest(digest) ? algorithmOf(digest) : 'sha256'
    const hash = createHash(algorithm)
    let length = 0
    const pieces: AsyncIterable<Uint8Array> = body ?? emptyBody()
    for await (const piece of pieces) {
      length += piece.length
      if (length > size)
        throw new WrongContentError(`${this.#base}${path} returned more than ${size} bytes`)
      hash.update(piece)
      yield piece
    }
    if (`${algorithm}:${hash.digest('hex')}` !== digest)
      throw new WrongContentError(`${this.#base}${path} returned bytes with another digest`)
  }

  async #get(
    path: string,
    headers: Record<string, string> = {},
    size = MAX_BODY,
  ): Promise<Response> {
    let response = await this.#send(path, headers, size)
    const challenge = response.headers.get('www-authenticate')
    if (response.status === 401 && challenge !== null && this.#authorization === undefined) {
      await response.body?.cancel()
      this.#authorization = await this.#authorize(challenge)
      response = await this.#send(path, headers, size)
    }
    if (response.ok) return response
    throw new Error(`${this.#base}${path} returned ${await reasonOf(response)}`)
  }

  #send(path: string, headers: Record<string, string>, size: number): Promise<Response> {
    const authorization = this.#authorization && { Authorization: this.#authorization }
    return request(`${this.#base}${path}`, { ...headers, ...authorization }, size)
  }

  /** distribution's "Token Authentication Specification", or Basic (RFC 7617). */
  async #authorize(challenge: string): Promise<string | undefined> {
    if (/^basic\b/i.test(challenge)) return this.#basic
    const parameter = (name: string) => new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(challenge)?.[1]
    const realm = parameter('realm')
    if (!/^bearer\b/i.test(challenge) || realm === undefined || !URL.canParse(realm))
      return undefined
    const url = new URL(realm)
    // The password is sent only to the registry itself, or over TLS to the server that it names.
    if (url.protocol !== 'https:' && url.host !== new URL(this.#base).host) {
      throw new Error(`refused to send the password for ${this.#host} to ${url.origin} without TLS`)
    }
    await checkStep(new URL(this.#base), url)
    const service = parameter('service')
    if (service !== undefined) url.searchParams.set('service', service)
    url.searchParams.set('scope', `repository:${this.#repository}:pull`)
    const response = await request(url.href, this.#basic ? { Authorization: this.#basic } : {})
    if (!response.ok) throw new Error(`${url.origin} returned ${await reasonOf(response)}`)
    const body: unknown = JSON.parse(Buffer.from(await readBody(response, MAX_BODY)).toString())
    const token = isJsonObject(body) ? (body['token'] ?? body['access_token']) : undefined
    return typeof token === 'string' ? `Bearer ${token}` : undefined
  }
}

/** The Authorization header for a repository, from a dockerconfigjson. */
function basicFor(host: string, repository: string, file: string | undefined): string | undefined {
  const text = file === undefined ? readDockersConfig() : readFileSync(file, 'utf8')
  if (text === undefined) return undefined
  const { accounts } = parseDockerConfig(text, new Set([parseKey(host).host]))
  const matching = accounts.filter(
    ({ prefix }) => prefix === undefined || `${repository}/`.startsWith(`${prefix}/`),
  )
  const [first] = matching.toSorted((a, b) => (b.prefix?.length ?? 0) - (a.prefix?.length ?? 0))
  if (!first) return undefined
  return `Basic ${Buffer.from(`${first.username}:${first.password}`).toString('base64')}`
}

function readDockersConfig(): string | undefined {
  const { DOCKER_CONFIG, HOME = '.' } = processEnvironment
  try {
    return readFileSync(join(DOCKER_CONFIG ?? join(HOME, '.docker'), 'config.json'), 'utf8')
  } catch {
    return undefined
  }
}

/** @param size bytes that the body may have, for its deadline */
async function request(
  url: string,
  headers: Record<string, string>,
  size = MAX_BODY,
): Promise<Response> {
  const patience = new AbortController()
  const late = new Error(`no answer within ${PATIENCE} ms`)
  const timer = setTimeout(() => patience.abort(late), PATIENCE)
  try {
    const deadline = AbortSignal.timeout(
      Math.min(PATIENCE + Math.ceil(size / SLOWEST), LONGEST_TIMEOUT),
    )
    return await fetchFollowing(url, headers, AbortSignal.any([patience.signal, deadline]))
  } catch (cause) {
    throw new Error(`${url} cannot be reached`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

async function readBody(response: Response, longest: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  const body: AsyncIterable<Uint8Array> = response.body ?? emptyBody()
  for await (const piece of body) {
    length += piece.length
    if (length > longest) throw new Error(`${response.url} returned more than ${longest} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

/** Status and messages of an error response, in one line. */
async function reasonOf(response: Response): Promise<string> {
  const text = Buffer.from(await readBody(response, MAX_BODY)).toString()
  try {
    const { errors } = JSON.parse(text) as { errors: { code: string; message: string }[] }
    return `${response.status}: ${errors.map(({ code, message }) => message || code).join('; ')}`
  } catch {
    return `${response.status} ${response.statusText}`.trim()
  }
}
