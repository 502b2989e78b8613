/** Names of Docker Hub: docker pulls from one of them, and stores the password under another. */
const HUB = 'index.docker.io'
const HUB_NAMES = new Set(['docker.io', 'registry-1.docker.io', HUB])

/**
 * Parses a key of a dockerconfigjson in all the forms that clients write: HOST or HOST:PORT, with
 * or without a scheme, `/v1/` or `/v2/`, and a path. The host is returned in lower case.
 */
export function parseKey(key: string): { host: string; path: string } {
  const bare = key
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/+$/, '')
  const slash = bare.indexOf('/')
  const host = (slash === -1 ? bare : bare.slice(0, slash)).toLowerCase()
  const path = slash === -1 ? '' : bare.slice(slash + 1)
  return {
    host: HUB_NAMES.has(host) ? HUB : host,
    path: path.replace(/^\/*(?:v[12](?:\/+|$))?/, ''),
  }
}

/**
 * Whether the host of a key is one of these. Like Kubernetes it can be a pattern, which has as many
 * labels and the same port: `*.example.com` matches `registry.example.com`, but neither
 * `example.com` nor `a.b.example.com`.
 */
export function matchesHost(host: string, hosts: ReadonlySet<string>): boolean {
  if (hosts.has(host)) return true
  return host.includes('*') && [...hosts].some((one) => globMatches(host, one))
}

function globMatches(glob: string, host: string): boolean {
  const [labels, port] = parts(glob)
  const [otherLabels, otherPort] = parts(host)
  return (
    port === otherPort &&
    labels.length === otherLabels.length &&
    labels.every((label, place) => labelMatches(label, otherLabels[place]!))
  )
}

function labelMatches(glob: string, label: string): boolean {
  const source = glob
    .split('*')
    .map((piece) => piece.replaceAll(/[^a-z0-9_-]/g, String.raw`\$&`))
    .join('[^.]*')
  return new RegExp(`^${source}$`).test(label)
}

function parts(host: string): [labels: string[], port: string | undefined] {
  const [name = '', port] = host.split(':')
  return [name.split('.'), port]
}
