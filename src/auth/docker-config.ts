import { isUtf8 } from 'node:buffer'
import { MIB } from '../base/sizes.ts'
import { meansHost, readKey } from './docker-config-key.ts'

/** An account read from a dockerconfigjson: the entry a puller uses for this registry. */
export interface DockerAccount {
  readonly username: string
  readonly password: string
  /** The repository prefix the entry's key is limited to, by whole segments; absent for all. */
  readonly prefix?: string
}

export interface DockerConfig {
  readonly accounts: readonly DockerAccount[]
  /** Entries for this registry that hold no password, and why they are passed over. */
  readonly skipped: readonly { readonly key: string; readonly why: string }[]
}

type Json = Readonly<Record<string, unknown>>

const LARGEST = MIB

/**
 * Reads the accounts for a registry from a dockerconfigjson, as docker, Kubernetes and controllers write it: the value of
 * `.dockerconfigjson` or the older `.dockercfg` without the `auths` around it.
 * @param hosts host[:port] under which clients know this registry, as {@link readKey} reads them
 * @throws Error saying what is wrong, never a password
 */
export function readDockerConfig(text: string, hosts: ReadonlySet<string>): DockerConfig {
  if (text.length > LARGEST) throw new Error(`it has more than ${LARGEST} bytes`)
  const root = asObject(parse(text), 'it')
  const isWrapped = ['auths', 'credHelpers', 'credsStore'].some((name) => Object.hasOwn(root, name))
  const auths = isWrapped ? (root['auths'] ?? {}) : root
  const accounts: DockerAccount[] = []
  const skipped: { key: string; why: string }[] = []
  for (const [key, value] of Object.entries(asObject(auths, 'auths'))) {
    const address = readKey(key)
    if (!meansHost(address.host, hosts)) continue
    const found = readEntry(key, asObject(value, `the entry ${key}`), isWrapped ? root : {})
    if ('why' in found) skipped.push({ key, why: found.why })
    else accounts.push({ ...found, ...(address.path && { prefix: address.path }) })
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
    // `auth` beats username and password, as in docker, go-containerregistry and Kubernetes.
    const decoded = decodeAuth(auth)
    if (decoded === undefined)
      throw new Error(`the entry ${key}: auth is not base64 of user:password`)
    if (decoded.password !== '') return decoded
  }
  if (isText(username) && isText(password)) {
    if (!username.includes(':')) return { username, password }
    return { why: 'its user name has a ":", which no client can send' }
  }
  for (const other of ['identitytoken', 'registrytoken']) {
    if (entry[other]) return { why: `it holds only an ${other}, which is no password` }
  }
  if (isText(credsStore)) return { why: `its password is kept by the helper ${credsStore}` }
  return { why: 'it holds no user name and password' }
}

function helpers({ credHelpers }: Json, hosts: ReadonlySet<string>): DockerConfig['skipped'] {
  return Object.entries(credHelpers === undefined ? {} : asObject(credHelpers, 'credHelpers'))
    .filter(([key]) => meansHost(readKey(key).host, hosts))
    .map(([key, helper]) => ({ key, why: `its password is kept by the helper ${String(helper)}` }))
}

/** Standard base64, padded or not; line breaks within are passed over, as Go does. */
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
