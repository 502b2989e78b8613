import { isUtf8 } from 'node:buffer'
import { MIB } from '../base/sizes.ts'
import { matchesHost, parseKey } from './docker-config-key.ts'

/** An account of a dockerconfigjson: the entry that a puller uses for this registry. */
export interface DockerAccount {
  readonly username: string
  readonly password: string
  /** Repository prefix of the entry, in whole path segments; absent for all repositories. */
  readonly prefix?: string
}

export interface DockerConfig {
  readonly accounts: readonly DockerAccount[]
  /** Entries for this registry without a usable password. */
  readonly skipped: readonly { readonly key: string; readonly why: string }[]
}

type Json = Readonly<Record<string, unknown>>

/** Bytes. */
const LARGEST = MIB

/**
 * Parses the accounts for a registry in a dockerconfigjson, as docker, Kubernetes and controllers
 * write it: `.dockerconfigjson`, or the older `.dockercfg` without the `auths` around it.
 * @param hosts names of this registry, as {@link parseKey} returns them
 * @throws Error whose message contains no password
 */
export function parseDockerConfig(text: string, hosts: ReadonlySet<string>): DockerConfig {
  if (text.length > LARGEST) throw new Error(`it has more than ${LARGEST} bytes`)
  const root = asObject(parse(text), 'it')
  const isWrapped = ['auths', 'credHelpers', 'credsStore'].some((name) => Object.hasOwn(root, name))
  const auths = isWrapped ? (root['auths'] ?? {}) : root
  const accounts: DockerAccount[] = []
  const skipped: { key: string; why: string }[] = []
  for (const [key, value] of Object.entries(asObject(auths, 'auths'))) {
    const address = parseKey(key)
    if (!matchesHost(address.host, hosts)) continue
    const entry = readEntry(key, asObject(value, `the entry ${key}`), isWrapped ? root : {})
    if ('why' in entry) skipped.push({ key, why: entry.why })
    else accounts.push({ ...entry, ...(address.path && { prefix: address.path }) })
  }
  return { accounts, skipped: [...skipped, ...helpers(root, hosts)] }
}

function readEntry(
  key: string,
  entry: Json,
  { credsStore }: Json,
): { username: string; password: string } | { why: string } {
  const { auth, username, password } = entry
  if (typeof auth === 'string' && auth.trim() !== '') {
    // `auth` overrides username and password, as in docker, go-containerregistry and Kubernetes.
    const decoded = decodeAuth(auth)
    if (decoded === undefined)
      throw new Error(`the entry ${key}: auth is not base64 of user:password`)
    if (decoded.password !== '') return decoded
  }
  if (isText(username) && isText(password)) {
    if (!username.includes(':')) return { username, password }
    return { why: 'its user name contains ":", which no client can send' }
  }
  for (const other of ['identitytoken', 'registrytoken']) {
    if (entry[other]) return { why: `it has only an ${other} and no password` }
  }
  if (isText(credsStore)) return { why: `its password is in the credential helper ${credsStore}` }
  return { why: 'it has no user name and password' }
}

function helpers({ credHelpers }: Json, hosts: ReadonlySet<string>): DockerConfig['skipped'] {
  return Object.entries(credHelpers === undefined ? {} : asObject(credHelpers, 'credHelpers'))
    .filter(([key]) => matchesHost(parseKey(key).host, hosts))
    .map(([key, helper]) => ({
      key,
      why: `its password is in the credential helper ${String(helper)}`,
    }))
}

/** Standard base64, padded or not. Line breaks are ignored, as in Go. */
function decodeAuth(auth: string): { username: string; password: string } | undefined {
  const joined = auth.trim().replaceAll(/[\r\n]/g, '')
  const bare = joined.replace(/={0,2}$/, '')
  const isPadded = joined.length !== bare.length
  if (!/^[A-Za-z0-9+/]+$/.test(bare) || bare.length % 4 === 1) return undefined
  if (isPadded && joined.length % 4 !== 0) return undefined
  const bytes = Buffer.from(bare, 'base64')
  if (!isUtf8(bytes)) return undefined
  // docker pads with NULs.
  const text = bytes.toString('utf8').replace(/\0+$/, '')
  const colon = text.indexOf(':')
  return colon < 1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
}

function asObject(value: unknown, what: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw new Error(`${what} is not a JSON object`)
}
