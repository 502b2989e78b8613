import { createPublicKey, randomUUID } from 'node:crypto'
import {
  accessToken,
  basic,
  bearer,
  type ClosedServer,
  passwordOf,
  revoke,
  sessionToken,
} from './closed-server.ts'
import { byAnotherKey, byHmac, ForgedTokens, tampered, withoutSignature } from './forged-tokens.ts'
import type { Password } from './route-requests.ts'

/** Somebody who sends a request. */
export interface RouteCaller {
  /** The kind of caller whose rights it has. */
  readonly kind: string
  /** The difference to others of its kind. */
  readonly name: string
  readonly authorization?: string
  /** For those who come with a password. */
  readonly password?: Password
}

/** Everything there is to be granted. */
export const ALL_SCOPES = [
  'repository:team/app:pull,push,delete',
  'registry:catalog:*',
  'registry:wasmoor:*',
]

const DAY = 86_400

/**
 * Accounts of the htpasswd file that are callers, by their rights in team/app; "foreign" has rights
 * elsewhere.
 */
export const ACCOUNTS = ['pull', 'push', 'delete', 'foreign', 'all', 'operator'] as const

export const RULES = [
  {
    repositories: ['team/app'],
    grants: [
      { users: ['all'], actions: ['pull', 'push', 'delete'] },
      { users: ['pull', 'robot'], actions: ['pull'] },
      { users: ['push'], actions: ['push'] },
      { users: ['delete'], actions: ['delete'] },
    ],
  },
  {
    repositories: ['foreign/**'],
    grants: [{ users: ['foreign', 'all'], actions: ['pull', 'push', 'delete'] }],
  },
  { repositories: ['**'], grants: [{ users: ['operator'], actions: ['admin'] }] },
]

/**
 * Entries of the dockerconfigjson: pullers of everything below "team", and of everything below
 * "elsewhere".
 */
export const PULLERS = {
  auths: {
    'registry.example/team': { username: 'docker', password: passwordOf('docker') },
    'registry.example/elsewhere': { username: 'beside', password: passwordOf('beside') },
  },
}

/** Callers of every kind, for a server with these accounts and rules. */
export async function routeCallers(closed: ClosedServer): Promise<RouteCaller[]> {
  const { server, admin } = closed
  const robot = { owner: 'robot', repositories: ['team/**'], actions: ['pull', 'push'] }
  const { secret } = await accessToken(closed, robot)
  const all = await sessionToken(server, basic('all'), ...ALL_SCOPES)
  const forged = new ForgedTokens(server.data)
  const now = Math.floor(Date.now() / 1000)
  return [
    { kind: 'none', name: 'no credentials' },
    { kind: 'none', name: 'neither user nor password', ...withPassword('', '') },
    bearerOf('anon', 'token for anybody', await sessionToken(server, undefined, ...ALL_SCOPES)),
    ...(await refused(closed, forged, all)),
    bearerOf('expired', 'expired', forged.altered(all, { exp: now - 1 })),
    bearerOf(
      'expired',
      'expired long ago',
      forged.altered(all, { exp: now - DAY, nbf: now - DAY }),
    ),
    bearerOf('narrow', 'no scope', await sessionToken(server, basic('all'))),
    bearerOf(
      'narrow',
      'other scope',
      await sessionToken(server, basic('all'), 'repository:foreign/x:pull,push'),
    ),
    ...(await Promise.all(ACCOUNTS.map((account) => bothWays(closed, account, account)))).flat(),
    ...(await bothWays(closed, 'pull', 'docker')),
    ...(await bothWays(closed, 'foreign', 'beside')),
    ...(await bothWays(closed, 'pull', 'robot', secret)),
    { kind: 'key', name: 'admin key', ...withPassword('x', passwordIn(admin)) },
    {
      kind: 'key',
      name: 'token for the admin key',
      authorization: await bearer(server, admin, ...ALL_SCOPES),
    },
  ]
}

/** Credentials that are not right, in every way. */
async function refused(
  closed: ClosedServer,
  forged: ForgedTokens,
  token: string,
): Promise<RouteCaller[]> {
  const now = Math.floor(Date.now() / 1000)
  const { secret, id } = await accessToken(closed, {
    owner: 'all',
    repositories: ['**'],
    actions: ['pull', 'push', 'delete'],
  })
  const derived = await sessionToken(closed.server, basic('x', secret), ...ALL_SCOPES)
  await revoke(closed, id)
  const rawKey = createPublicKey(forged.publicPem).export({ format: 'jwk' }).x!
  const tokens = {
    'future nbf': forged.altered(token, { nbf: now + DAY }),
    'other issuer': forged.altered(token, { iss: 'https://elsewhere.example' }),
    'other audience': forged.altered(token, { aud: 'elsewhere' }),
    'other key': byAnotherKey(forged, token),
    'other key of its own name': byAnotherKey(forged, token, { kid: randomUUID() }),
    'unknown kid': forged.altered(token, {}, { kid: randomUUID() }),
    'alg none': withoutSignature(token, 'none'),
    'alg None': withoutSignature(token, 'None'),
    'alg EdDSA, no signature': withoutSignature(token, 'EdDSA'),
    'HS256 with the public key': byHmac(token, forged.publicPem),
    'HS256 with the bytes of the public key': byHmac(token, Buffer.from(rawKey, 'base64url')),
    tampered: tampered(token, { sub: 'operator' }),
    'tampered scope': tampered(token, { access: [] }),
    'of another account': forged.altered(token, { sub: 'operator' }),
    'of no account': forged.altered(token, { sub: 'nobody' }),
    'token of a revoked token': derived,
    'no token at all': 'nonsense',
  }
  return [
    { kind: 'refused', name: 'wrong password', ...withPassword('all', 'wrong') },
    { kind: 'refused', name: 'empty password', ...withPassword('all', '') },
    { kind: 'refused', name: 'unknown user', ...withPassword('nobody', passwordOf('all')) },
    { kind: 'refused', name: 'revoked token', ...withPassword('all', secret) },
    { kind: 'refused', name: 'other scheme', authorization: 'Digest username="all"' },
    { kind: 'refused', name: 'not base64', authorization: 'Basic ä' },
    ...Object.entries(tokens).map(([name, text]) => bearerOf('refused', name, text)),
  ]
}

async function bothWays(
  { server }: ClosedServer,
  kind: string,
  account: string,
  password = passwordOf(account),
): Promise<RouteCaller[]> {
  const token = await sessionToken(server, basic(account, password), ...ALL_SCOPES)
  return [
    { kind, name: `${account} by password`, ...withPassword(account, password) },
    bearerOf(kind, `${account} by token`, token),
  ]
}

function bearerOf(kind: string, name: string, token: string): RouteCaller {
  return { kind, name, authorization: `Bearer ${token}` }
}

function withPassword(user: string, password: string) {
  return { authorization: basic(user, password), password: { user, password } }
}

function passwordIn(authorization: string): string {
  const text = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()
  return text.slice(text.indexOf(':') + 1)
}
