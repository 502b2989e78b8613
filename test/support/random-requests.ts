import { descriptor, digest, image, IMAGE, INDEX, index } from './manifest-texts.ts'
import type { Answer, RequestOptions } from './requests.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface RandomRequest extends RequestOptions {
  readonly method: string
  readonly path: string
}

const REPOSITORIES = ['a', 'a/b', 'c', 'blobs/uploads', 'manifests/x']
const TAGS = ['v1', 'v2', 'latest', '_', 'A.b-c']
const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE', 'TRACE']
const READ = ['GET', 'GET', 'HEAD']
const CONTENT = ['GET', 'GET', 'GET', 'GET', 'HEAD', 'DELETE']
const SINGLE = [
  '/',
  '/v2/',
  '/v2',
  '/livez',
  '/readyz',
  '/v2/_catalog',
  '/token',
  '/v2/_oci/ext/discover',
]
const QUERY = {
  n: ['0', '1', '2', '100', '-1', 'x', ''],
  last: [...TAGS, ...REPOSITORIES, '', '%00', 'x'],
  tag: [...TAGS, '', '.bad'],
  artifactType: ['a/b', IMAGE, ''],
  from: [...REPOSITORIES, 'A'],
  digest: ['', 'x', digest(''), digest('x')],
}
const BAD = [
  '',
  '.',
  '..',
  'A',
  'a..b',
  'sha256:',
  'sha256:x',
  ':',
  '%',
  '%3A',
  '%2e',
  '%00',
  'x'.repeat(300),
  '-',
  '__proto__',
  '*',
  '"',
]
const RANGES = [
  'bytes=0-0',
  'bytes=5-',
  'bytes=-3',
  'bytes=9-1',
  'bytes=0-1,3-4',
  'x',
  'bytes=99999999999999999999-',
]
const CONTENT_RANGES = [
  '0-4',
  '5-9',
  '0-0',
  'x',
  'bytes 0-4/5',
  '9-1',
  '99999999999999999999-99999999999999999999',
]

interface Subject extends RequestOptions {
  /** The method that the address accepts. */
  readonly methods: readonly string[]
  readonly path: string
}

/**
 * Requests of every kind, good and bad, about a registry that they themselves fill: it remembers
 * the sessions that
 * answers open, and works with few names, so that many requests meet.
 */
export class RandomRequests {
  readonly #random: SeededRandom
  readonly #sessions: string[] = []
  readonly #blobs: readonly Buffer[]
  readonly #manifests: readonly (readonly [type: string, text: string])[]

  constructor(random: SeededRandom) {
    this.#random = random
    this.#blobs = [0, 1, 5, 100, 20_000, 60_000].map((length) => random.bytes(length))
    const layers = this.#blobs.map((blob) => descriptor(blob))
    const config = layers[2]!
    const subject = descriptor(image(), IMAGE)
    const images = layers.map((layer) => image({ config, layers: [layer] }))
    const children = images.map((text) => descriptor(text, IMAGE))
    this.#manifests = [
      ...images.map((text) => [IMAGE, text] as const),
      [IMAGE, image({ config, layers, subject })],
      [INDEX, index(children)],
      [INDEX, index([], { subject })],
      ['application/vnd.example+json', JSON.stringify({ blobs: layers, subject })],
      [IMAGE, index([])],
      [IMAGE, '{'],
      ['text/html', '<p>'],
      [IMAGE, '{"__proto__": 1}'],
    ]
  }

  next(): RandomRequest {
    const { methods, path, ...options } = this.#about()
    const method = this.#random.pick(this.#random.chance(0.9) ? methods : METHODS)
    const bodiless = method === 'GET' || method === 'HEAD'
    const { body, ...rest } = options
    const headers = { ...options.headers, ...this.#headers() }
    return {
      ...rest,
      ...(body && !bodiless && { body }),
      method,
      path: this.#queried(path),
      headers,
    }
  }

  /** Learns from an answer. */
  heard({ headers }: Answer): void {
    if (headers.location?.includes('/uploads/')) this.#sessions.push(headers.location)
    if (this.#sessions.length > 20) this.#sessions.shift()
  }

  #about(): Subject {
    const random = this.#random
    const name = this.#orBad(REPOSITORIES)
    switch (random.below(10)) {
      case 0:
        return { methods: READ, path: random.pick(SINGLE) }
      case 1:
        return { methods: READ, path: `/v2/${name}/tags/list` }
      case 2:
        return {
          methods: READ,
          path: `/v2/${name}/referrers/${this.#orBad([this.#manifestDigest()])}`,
        }
      case 3:
        return { methods: CONTENT, path: `/v2/${name}/blobs/${this.#orBad([this.#blobDigest()])}` }
      case 4:
      case 5:
        return this.#upload(name)
      case 6:
        return this.#session(name)
      case 7:
        return { methods: READ, path: `/v2/${name}/${this.#orBad(['_oci/ext/discover', 'tags'])}` }
      default:
        return this.#manifest(name)
    }
  }

  #manifest(name: string): Subject {
    const [type, text] = this.#random.pick(this.#manifests)
    const reference = this.#orBad([...TAGS, digest(text), digest(text, 'sha512')])
    return {
      methods: [...CONTENT, 'PUT', 'PUT', 'PUT', 'PUT'],
      path: `/v2/${name}/manifests/${reference}`,
      body: text,
      headers: { 'Content-Type': type },
    }
  }

  #upload(name: string): Subject {
    const random = this.#random
    const path = `/v2/${name}/blobs/uploads/`
    const bytes = random.pick(this.#blobs)
    const fitting = digest(bytes, random.pick(['sha256', 'sha512']))
    const id = random.chance(0.9) ? fitting : this.#orBad([this.#blobDigest()])
    const body = random.chance(0.3) ? [bytes] : bytes
    if (random.chance(0.6)) return { methods: ['POST'], path: `${path}?digest=${id}`, body }
    const from = random.chance(0.5) ? `&from=${this.#orBad(REPOSITORIES)}` : ''
    if (random.chance(0.5)) return { methods: ['POST'], path: `${path}?mount=${id}${from}` }
    return {
      methods: ['POST'],
      path: random.chance(0.2) ? `${path}?digest-algorithm=sha512` : path,
    }
  }

  #session(name: string): Subject {
    const random = this.#random
    const known = this.#sessions.length > 0 && random.chance(0.9)
    const path = known
      ? random.pick(this.#sessions)
      : `/v2/${name}/blobs/uploads/${random.pick(BAD)}`
    const bytes = random.pick(this.#blobs)
    return {
      methods: ['GET', 'PATCH', 'PATCH', 'PUT', 'PUT', 'DELETE'],
      path: random.chance(0.7) ? `${path}?digest=${digest(bytes)}` : path,
      body: bytes,
      ...(random.chance(0.3) && { headers: { 'Content-Range': random.pick(CONTENT_RANGES) } }),
    }
  }

  #queried(path: string): string {
    const random = this.#random
    const parameters = Object.entries(QUERY).flatMap(([name, values]) =>
      random.chance(0.06) ? [`${name}=${random.pick(values)}`] : [],
    )
    if (random.chance(0.02)) parameters.push('%zz&&=%ff&[]=&__proto__[x]=1')
    const separator = path.includes('?') ? '&' : '?'
    return parameters.length > 0 ? `${path}${separator}${parameters.join('&')}` : path
  }

  #headers(): Record<string, string> {
    const random = this.#random
    const tag = `"${random.pick([this.#manifestDigest(), this.#blobDigest(), 'x'])}"`
    return {
      ...(random.chance(0.1) && { Range: random.pick(RANGES) }),
      ...(random.chance(0.05) && { 'If-None-Match': random.pick([tag, '*', 'x']) }),
      ...(random.chance(0.05) && { 'If-Match': random.pick([tag, '*', 'x']) }),
      ...(random.chance(0.03) && { Host: random.pick(['x', 'a/b', '[::1]', 'user@x']) }),
      ...(random.chance(0.03) && { 'Content-Encoding': random.pick(['gzip', 'identity']) }),
      ...(random.chance(0.03) && { 'X-Request-Id': random.pick(['x', 'bad id', '']) }),
      ...(random.chance(0.03) && { Authorization: random.pick(['Basic eDp5', 'Bearer x', 'x']) }),
      ...(random.chance(0.03) && { Accept: random.pick([IMAGE, '*/*', '']) }),
    }
  }

  #blobDigest(): string {
    return digest(this.#random.pick(this.#blobs), this.#random.pick(['sha256', 'sha256', 'sha512']))
  }

  #manifestDigest(): string {
    return digest(this.#random.pick(this.#manifests)[1])
  }

  #orBad(good: readonly string[]): string {
    return this.#random.pick(this.#random.chance(0.9) ? good : BAD)
  }
}
