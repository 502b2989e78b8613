import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashSync } from '@node-rs/bcrypt'
import { expect } from './expected-answers.ts'
import type { Requests } from './requests.ts'
import { type Settings, startTestServer, type TestServer } from './server.ts'

/** The cheapest that there is: tests log in often. */
const COST = 4

export interface ClosedServerOptions {
  /** Accounts of the htpasswd file, with {@link passwordOf} as their passwords. */
  readonly users: readonly string[]
  /** The value of `auth.rules`. */
  readonly rules?: readonly object[]
  readonly settings?: Settings
}

export interface ClosedServer {
  readonly server: TestServer
  /** Where its files of accounts are. */
  readonly directory: string
  /** `Authorization` of the installation's admin key. */
  readonly admin: string
  stop(): Promise<void>
}

/**
 * A server in this process that knows accounts, all of which have a colon and an at sign in their
 * passwords.
 */
export async function startClosedServer({
  users,
  rules = [],
  settings = {},
}: ClosedServerOptions): Promise<ClosedServer> {
  const directory = await mkdtemp(join(tmpdir(), 'wasmoor-accounts-'))
  const htpasswd = join(directory, 'htpasswd')
  await writeFile(htpasswd, htpasswdOf(users))
  const server = await startTestServer({
    'auth.htpasswd': htpasswd,
    'auth.rules': JSON.stringify(rules),
    ...settings,
  })
  return {
    server,
    directory,
    admin: await adminOf(server),
    async stop() {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export async function adminOf({ data }: TestServer): Promise<string> {
  return basic('anybody', (await readFile(join(data, 'admin.key'), 'utf8')).trim())
}

export function passwordOf(user: string): string {
  return `${user}:p@ss:word`
}

/** The text of an htpasswd file. */
export function htpasswdOf(users: readonly string[], password = passwordOf): string {
  return users.map((user) => `${user}:${cheapHash(password(user))}\n`).join('')
}

export function cheapHash(password: string, cost = COST): string {
  // The prefix of htpasswd -B.
  return hashSync(password, cost).replace('$2b$', '$2y$')
}

/** The `Authorization` header of an account. */
export function basic(user: string, password: string = passwordOf(user)): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/**
 * A session token for these credentials, fetched as clients do; without credentials one for
 * anybody.
 */
export async function sessionToken(
  server: Requests,
  authorization: string | undefined,
  ...scopes: readonly string[]
): Promise<string> {
  const query = scopes.map((scope) => `&scope=${encodeURIComponent(scope)}`).join('')
  const headers = authorization === undefined ? {} : { Authorization: authorization }
  const answer = expect(await server.get(`/token?service=any${query}`, headers), 200)
  return answer.json<{ token: string }>().token
}

/** The `Authorization` header of a session token. */
export async function bearer(
  server: Requests,
  authorization: string | undefined,
  ...scopes: readonly string[]
): Promise<string> {
  return `Bearer ${await sessionToken(server, authorization, ...scopes)}`
}

export interface MadeToken {
  readonly id: string
  readonly secret: string
  readonly [field: string]: unknown
}

/** Makes an access token. */
export async function accessToken(
  { server, admin }: Pick<ClosedServer, 'server' | 'admin'>,
  request: object,
): Promise<MadeToken> {
  const headers = { Authorization: admin, 'Content-Type': 'application/json' }
  const body = JSON.stringify(request)
  return expect(await server.post('/v2/_wasmoor/tokens', { headers, body }), 201).json<MadeToken>()
}

export async function revoke(
  { server, admin }: Pick<ClosedServer, 'server' | 'admin'>,
  id: string,
): Promise<void> {
  expect(await server.delete(`/v2/_wasmoor/tokens/${id}`, { Authorization: admin }), 204)
}
