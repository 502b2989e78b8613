import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDockerConfig } from '../../auth/docker-config.ts'
import { parseKey } from '../../auth/docker-config-key.ts'
import { processEnvironment } from '../../config/environment.ts'
import { algorithmOf, type Digest, digestOf } from '../../oci/digest.ts'
import { readManifest } from '../../oci/manifest.ts'
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_IMAGE_INDEX,
  OCI_IMAGE_MANIFEST,
  withoutParameters,
} from '../../oci/media-types.ts'
import { isJsonObject } from '../../oci/descriptor.ts'
import { type Artifact, readArtifact } from '../../wasm/model/artifact.ts'

const MANIFESTS = [OCI_IMAGE_MANIFEST, OCI_IMAGE_INDEX, DOCKER_MANIFEST, DOCKER_MANIFEST_LIST]
/** Bytes of a manifest or a token. */
const LONGEST = 4 << 20
/** Milliseconds until the headers of an answer. */
const PATIENCE = 30_000

export interface RemoteOptions {
  readonly secure: boolean
  /** A dockerconfigjson; absent: that of docker, if there is one. */
  readonly credentials?: string
}

export interface RemoteManifest {
  readonly digest: Digest
  readonly artifact: Artifact
}

/**
 * Reads one repository of any registry, with docker's credentials. Every failure is an Error for
 * people.
 */
export class RegistryClient {
  readonly #host: string
  readonly #base: string
  readonly #repository: string
  readonly #login: string | undefined
  #authorization: string | undefined

  constructor(host: string, repository: string, { secure, credentials }: RemoteOptions) {
    this.#host = host
    this.#base = `${secure ? 'https' : 'http'}://${host}`
    this.#repository = repository
    this.#login = loginFor(host, repository, credentials)
  }

  async manifest(reference: string): Promise<RemoteManifest> {
    const path = `/v2/${this.#repository}/manifests/${reference}`
    const response = await this.#get(path, { Accept: MANIFESTS.join(', ') })
    const bytes = await whole(response, LONGEST)
    const given = reference.includes(':') ? (reference as Digest) : undefined
    const digest = digestOf(bytes, given ? algorithmOf(given) : 'sha256')
    if (given && given !== digest) throw new Error(`${path} gives a manifest of another digest`)
    const type = withoutParameters(response.headers.get('content-type') ?? '')
    return { digest, artifact: readArtifact(readManifest(bytes, type)) }
  }

  /** The bytes of a blob as they arrive. */
  async blob(digest: string): Promise<AsyncIterable<Uint8Array>> {
    const { body } = await this.#get(`/v2/${this.#repository}/blobs/${digest}`)
    return body ?? emptyBody()
  }

  async smallBlob(digest: string, longest: number): Promise<Uint8Array> {
    return whole(await this.#get(`/v2/${this.#repository}/blobs/${digest}`), longest)
  }

  async #get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    let response = await this.#send(path, headers)
    const challenge = response.headers.get('www-authenticate')
    if (response.status === 401 && challenge !== null && this.#authorization === undefined) {
      await response.body?.cancel()
      this.#authorization = await this.#answer(challenge)
      response = await this.#send(path, headers)
    }
    if (response.ok) return response
    throw new Error(`${this.#base}${path} answers ${await reasonOf(response)}`)
  }

  #send(path: string, headers: Record<string, string>): Promise<Response> {
    const authorization = this.#authorization && { Authorization: this.#authorization }
    return ask(`${this.#base}${path}`, { ...headers, ...authorization })
  }

  /** distribution's "Token Authentication Specification", or Basic (RFC 7617). */
  async #answer(challenge: string): Promise<string | undefined> {
    if (/^basic\b/i.test(challenge)) return this.#login
    const parameter = (name: string) => new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(challenge)?.[1]
    const realm = parameter('realm')
    if (!/^bearer\b/i.test(challenge) || realm === undefined || !URL.canParse(realm))
      return undefined
    const url = new URL(realm)
    // A password goes to the registry itself, or over TLS to whom it names.
    if (url.protocol !== 'https:' && url.host !== new URL(this.#base).host) {
      throw new Error(`${this.#host} sends passwords to ${url.origin} without TLS: refused`)
    }
    const service = parameter('service')
    if (service !== undefined) url.searchParams.set('service', service)
    url.searchParams.set('scope', `repository:${this.#repository}:pull`)
    const response = await ask(url.href, this.#login ? { Authorization: this.#login } : {})
    if (!response.ok) throw new Error(`${url.origin} answers ${await reasonOf(response)}`)
    const body: unknown = JSON.parse(Buffer.from(await whole(response, LONGEST)).toString())
    const token = isJsonObject(body) ? (body['token'] ?? body['access_token']) : undefined
    return typeof token === 'string' ? `Bearer ${token}` : undefined
  }
}

/** Basic credentials of a dockerconfigjson for a host, if it has any. */
function loginFor(host: string, repository: string, file: string | undefined): string | undefined {
  const text = file === undefined ? dockersOwn() : readFileSync(file, 'utf8')
  if (text === undefined) return undefined
  const { accounts } = parseDockerConfig(text, new Set([parseKey(host).host]))
  const fitting = accounts.filter(
    ({ prefix }) => prefix === undefined || `${repository}/`.startsWith(`${prefix}/`),
  )
  const [first] = fitting.toSorted((a, b) => (b.prefix?.length ?? 0) - (a.prefix?.length ?? 0))
  if (!first) return undefined
  return `Basic ${Buffer.from(`${first.username}:${first.password}`).toString('base64')}`
}

function dockersOwn(): string | undefined {
  const { DOCKER_CONFIG, HOME = '.' } = processEnvironment
  try {
    return readFileSync(join(DOCKER_CONFIG ?? join(HOME, '.docker'), 'config.json'), 'utf8')
  } catch {
    return undefined
  }
}

async function ask(url: string, headers: Record<string, string>): Promise<Response> {
  const patience = new AbortController()
  const late = new Error(`no answer within ${PATIENCE} ms`)
  const timer = setTimeout(() => patience.abort(late), PATIENCE)
  try {
    return await fetch(url, { headers, signal: patience.signal })
  } catch (cause) {
    throw new Error(`${url} cannot be reached`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

async function whole(response: Response, longest: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  const body: AsyncIterable<Uint8Array> = response.body ?? emptyBody()
  for await (const piece of body) {
    length += piece.length
    if (length > longest) throw new Error(`${response.url} sends more than ${longest} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

/** What a registry says is wrong, in one line. */
async function reasonOf(response: Response): Promise<string> {
  const text = Buffer.from(await whole(response, LONGEST)).toString()
  try {
    const { errors } = JSON.parse(text) as { errors: { code: string; message: string }[] }
    return `${response.status}: ${errors.map(({ code, message }) => message || code).join('; ')}`
  } catch {
    return `${response.status} ${response.statusText}`.trim()
  }
}
