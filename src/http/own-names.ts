import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { isLoopback } from '../base/host.ts'

export interface OwnNamesOptions {
  readonly publicUrl: string | null
  /** Further host names of this registry. */
  readonly hosts: readonly string[]
  /** The host, with or without a port, that a trusted proxy was asked for. */
  readonly forwardedHost: (request: IncomingMessage) => string | undefined
}

/**
 * Whether a request asks for this registry by one of its own names: an address, localhost, a name
 * without a dot, which nobody can own in the DNS, or a name of the configuration. A page of any
 * other name may have been pointed at this registry by the owner of that name (DNS rebinding).
 * HTTP/1.0 allows a request without a name; browsers do not send it.
 */
export function ownNames(options: OwnNamesOptions): (request: IncomingMessage) => boolean {
  const { publicUrl, hosts, forwardedHost } = options
  const configured = new Set(hosts.map((host) => nameIn(host)))
  if (publicUrl !== null) configured.add(nameIn(new URL(publicUrl).host))
  const isOwn = (host: string) => {
    const name = nameIn(host)
    return !name.includes('.') || isIP(name) !== 0 || isLoopback(name) || configured.has(name)
  }
  // Most requests ask for the same name as the one before.
  let known = ''
  return (request) => {
    const { host = '' } = request.headers
    if (host !== known) {
      if (!isOwn(host)) return false
      known = host
    }
    return [forwardedHost(request), hostOfTarget(request.url)].every(
      (other) => other === undefined || isOwn(other),
    )
  }
}

/** RFC 9112, section 3.2.2: the host of an absolute target counts, not the header. */
function hostOfTarget(target = '/'): string | undefined {
  if (target.startsWith('/') || !URL.canParse(target)) return undefined
  return new URL(target).host
}

/** The lower-case name or address of HOST[:PORT], without brackets and the dot of the root. */
function nameIn(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}
