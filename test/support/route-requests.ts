import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from './expected-answers.ts'
import { descriptor, digest, image, IMAGE } from './manifest-texts.ts'
import type { Answer, Requests } from './requests.ts'

/** One request to one route. */
export interface RouteRequest {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The content that has to stay as long as the request is refused: its owner can read it. */
  readonly spares?: string
}

/** Makes ready what a request needs, as the owner of everything, and gives the request. */
export type MakeRequest = (owner: Owner, password?: Password) => Promise<RouteRequest>

export interface Password {
  readonly user: string
  readonly password: string
}

export const REPOSITORY = 'team/app'

/** Sends requests as an account that may do everything in the repository. */
export class Owner {
  readonly server: Requests
  readonly #authorization: string
  readonly #admin: string
  readonly #directory: string

  /** @param directory where backups go */
  constructor(server: Requests, authorization: string, admin: string, directory = tmpdir()) {
    this.server = server
    this.#authorization = authorization
    this.#admin = admin
    this.#directory = directory
  }

  /** Where a backup can be made, now that none is running. */
  async backup(): Promise<string> {
    let state = ''
    do {
      const answer = await this.send('GET', '/v2/_wasmoor/backup', '', {
        Authorization: this.#admin,
      })
      state = expect(answer, 200).json<{ state: string }>().state
    } while (state === 'running')
    return join(this.#directory, randomUUID())
  }

  send(method: string, path: string, body = '', headers = {}): Promise<Answer> {
    const all = { Authorization: this.#authorization, ...headers }
    return this.server.send(method, path, { headers: all, body })
  }

  async blob(bytes: string, repository = REPOSITORY): Promise<string> {
    const path = `/v2/${repository}/blobs/uploads/?digest=${digest(bytes)}`
    expect(await this.send('POST', path, bytes), 201)
    return digest(bytes)
  }

  async manifest(tag: string, text = image(), repository = REPOSITORY): Promise<string> {
    for (const bytes of ['{}', 'layer']) await this.blob(bytes, repository)
    const path = `/v2/${repository}/manifests/${tag}`
    expect(await this.send('PUT', path, text, { 'Content-Type': IMAGE }), 201)
    return digest(text)
  }

  async upload(repository = REPOSITORY): Promise<string> {
    const answer = expect(await this.send('POST', `/v2/${repository}/blobs/uploads/`), 202)
    return String(answer.headers.location)
  }

  async token(): Promise<string> {
    const body = JSON.stringify({ owner: 'robot', repositories: ['**'], actions: ['pull'] })
    const headers = { Authorization: this.#admin }
    const path = '/v2/_wasmoor/tokens'
    return expect(await this.send('POST', path, body, headers), 201).json<{ id: string }>().id
  }
}

const get = (path: string): RouteRequest => ({ method: 'GET', path })
const at = (path: string) => `/v2/${REPOSITORY}/${path}`
const form = (fields: Readonly<Record<string, string>>) => new URLSearchParams(fields).toString()

/** By the id of the route, and more words where there is more than one request to it. */
export const ROUTE_REQUESTS: Readonly<Record<string, MakeRequest>> = {
  ping: async () => get('/v2/'),
  'ping bare': async () => get('/v2'),
  'blob-get': async (owner) => get(at(`blobs/${await owner.blob('some')}`)),
  'blob-get HEAD': async (owner) => ({
    ...get(at(`blobs/${await owner.blob('some')}`)),
    method: 'HEAD',
  }),
  'manifest-get': async (owner) => {
    await owner.manifest('v1')
    return get(at('manifests/v1'))
  },
  'upload-start': async () => ({ method: 'POST', path: at('blobs/uploads/') }),
  'upload-start whole': async () => {
    const body = randomUUID()
    return { method: 'POST', path: at(`blobs/uploads/?digest=${digest(body)}`), body }
  },
  'upload-append': async (owner) => {
    const path = await owner.upload()
    return { method: 'PATCH', path, body: 'bytes', spares: path }
  },
  'upload-finish': async (owner) => {
    const path = await owner.upload()
    const body = randomUUID()
    return { method: 'PUT', path: `${path}?digest=${digest(body)}`, body, spares: path }
  },
  'manifest-put': async (owner) => {
    await owner.manifest('v1')
    const headers = { 'Content-Type': IMAGE }
    const body = image({ annotations: { once: randomUUID() } })
    return { method: 'PUT', path: at('manifests/pushed'), headers, body }
  },
  'tag-list': async (owner) => {
    await owner.manifest('v1')
    return get(at('tags/list'))
  },
  'manifest-delete': async (owner) => {
    await owner.manifest('doomed', image({ annotations: { doomed: 'yes' } }))
    const path = at('manifests/doomed')
    return { method: 'DELETE', path, spares: path }
  },
  'blob-delete': async (owner) => {
    const path = at(`blobs/${await owner.blob('doomed')}`)
    return { method: 'DELETE', path, spares: path }
  },
  'referrer-list': async () => get(at(`referrers/${digest('nothing')}`)),
  'upload-status': async (owner) => get(await owner.upload()),
  'upload-cancel': async (owner) => {
    const path = await owner.upload()
    return { method: 'DELETE', path, spares: path }
  },
  'repository-list': async () => get('/v2/_wasmoor/repositories'),
  'tag-summaries': async (owner) => {
    await owner.manifest('v1')
    return get(at('_wasmoor/tags'))
  },
  'manifest-tags': async (owner) => get(at(`_wasmoor/tags/${await owner.manifest('v1')}`)),
  whoami: async () => get('/v2/_wasmoor/whoami'),
  catalog: async () => get('/v2/_catalog'),
  discovery: async () => get('/v2/_oci/ext/discover'),
  'discovery-repository': async () => get(at('_oci/ext/discover')),
  snippet: async (owner) => {
    await owner.manifest('v1')
    return get(at('_wasmoor/snippets/v1?for=kubernetes-secret'))
  },
  'wasm-report': async (owner) => {
    await owner.manifest('v1')
    return get(at('_wasmoor/wasm/v1'))
  },
  'layout-make': async (owner) => {
    const module = '\0asm\x01\0\0\0'
    await owner.blob(module)
    const layers = [descriptor(module, 'application/wasm')]
    await owner.manifest('module', image({ layers, annotations: { once: randomUUID() } }))
    return { method: 'POST', path: at('_wasmoor/wasm/module?layout=envoy') }
  },
  'wasm-report-schema': async () => get('/v2/_wasmoor/wasm/schema'),
  token: async () => get('/token?service=any&scope=repository:team/app:pull'),
  'token-form': async (_owner, { user, password } = { user: '', password: '' }) => ({
    method: 'POST',
    path: '/token',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: form({ grant_type: 'password', service: 'any', username: user, password }),
  }),
  'access-token-list': async () => get('/v2/_wasmoor/tokens'),
  'access-token-create': async () => ({
    method: 'POST',
    path: '/v2/_wasmoor/tokens',
    body: JSON.stringify({ owner: 'robot', repositories: ['**'], actions: ['pull'] }),
  }),
  'access-token-revoke': async (owner) => ({
    method: 'DELETE',
    path: `/v2/_wasmoor/tokens/${await owner.token()}`,
  }),
  'backup-status': async () => get('/v2/_wasmoor/backup'),
  'backup-start': async (owner) => ({
    method: 'POST',
    path: '/v2/_wasmoor/backup',
    body: JSON.stringify({ directory: await owner.backup() }),
  }),
  'gc-status': async () => get('/v2/_wasmoor/gc'),
  'gc-start': async () => ({ method: 'POST', path: '/v2/_wasmoor/gc' }),
  'scrub-status': async () => get('/v2/_wasmoor/scrub'),
  'scrub-start': async () => ({ method: 'POST', path: '/v2/_wasmoor/scrub' }),
  wkg: async () => get('/.well-known/wasm-pkg/registry.json'),
  // Assets have no other name than that of what is in them.
  console: async () => get('/ui/_assets/nothing'),
  home: async () => get('/'),
  livez: async () => get('/livez'),
  readyz: async () => get('/readyz'),
}
