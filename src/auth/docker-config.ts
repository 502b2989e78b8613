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

const LARGEST = 1024 * 1024

/**
 * Reads the accounts for a registry from a dockerconfigjson, as docker, Kubernetes and controllers write it: the value of
 * `.dockerconfigjson` or the older `.dockercfg` without the `auths` around it.
 * @param hosts host[:port] under which clients know this registry, lower case
 * @throws Error saying what is wrong, never a password
 */
export function readDockerConfig(text: string, hosts: ReadonlySet<string>): DockerConfig {
  if (text.length > LARGEST) throw new Error(`it has more than ${LARGEST} bytes`)
  const root = asObject(parse(text), 'it')
  const auths = asObject('auths' in root ? root['auths'] : root, 'auths')
  const accounts: DockerAccount[] = []
  const skipped: { key: string; why: string }[] = []
  for (const [key, value] of Object.entries(auths)) {
    const address = readKey(key)
    if (!hosts.has(address.host)) continue
    const entry = asObject(value, `the entry ${key}`)
    const found = readEntry(key, entry)
    if ('why' in found) skipped.push({ key, why: found.why })
    else accounts.push({ ...found, ...(address.path && { prefix: address.path }) })
  }
  return { accounts, skipped }
}

/** A key as clients write it: host, host:port, with scheme, with `/v1/` or `/v2/`, with a path. */
export function readKey(key: string): { host: string; path: string } {
  const bare = key
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/+$/, '')
  const slash = bare.indexOf('/')
  const host = (slash === -1 ? bare : bare.slice(0, slash)).toLowerCase()
  const path = slash === -1 ? '' : bare.slice(slash + 1)
  return { host, path: path.replace(/^v[12](?:\/|$)/, '') }
}

function readEntry(
  key: string,
  entry: Record<string, unknown>,
): { username: string; password: string } | { why: string } {
  const auth = entry['auth']
  if (typeof auth === 'string' && auth !== '') {
    // `auth` beats username and password, as in docker, go-containerregistry and Kubernetes.
    const decoded = decodeAuth(auth)
    if (decoded === undefined)
      throw new Error(`the entry ${key}: auth is not base64 of user:password`)
    if (decoded.password !== '') return decoded
  }
  const { username, password } = entry
  if (
    typeof username === 'string' &&
    username !== '' &&
    typeof password === 'string' &&
    password !== ''
  ) {
    return { username, password }
  }
  for (const other of ['identitytoken', 'registrytoken']) {
    if (entry[other]) return { why: `it holds only an ${other}, which is no password` }
  }
  return { why: 'it holds no user name and password; a credential helper has none to read' }
}

function decodeAuth(auth: string): { username: string; password: string } | undefined {
  const trimmed = auth.trim()
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(trimmed)) return undefined
  // docker pads with NULs.
  const text = Buffer.from(trimmed, 'base64').toString('utf8').replace(/\0+$/, '')
  const colon = text.indexOf(':')
  return colon < 1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new Error(`${what} is not a JSON object`)
}
