import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../oci/errors.ts'
import { isHost } from '../base/host.ts'

/** Targets under /v2/, including absolute ones (RFC 9112, section 3.2.2). */
const API = /^(?:[a-z]+:\/\/[^/?#]*)?\/v2/i

export function isApi(target: string): boolean {
  return API.test(target)
}

/** Koa would read anything else as another path than it is. */
const TARGET = /^(?:https?:\/\/([^/?@]+)(?=[/?]|$)|(?=\/)|\*$)[!-"$-~]*$/i

/**
 * RFC 9112, section 3.2: a path, an absolute http or https URL or "*", in printable ASCII and
 * without a fragment.
 * @throws RegistryError REQUEST_INVALID
 */
export function checkTarget(target: string): void {
  const found = TARGET.exec(target)
  const host = found?.[1]
  if (found && (host === undefined || (isHost(host) && URL.canParse(target)))) return
  throw new RegistryError(
    'REQUEST_INVALID',
    'the request target must be a path, or an http or https URL, without a fragment',
  )
}

/**
 * RFC 9112, section 6.1: the framing of such a request is faulty, as HTTP/1.0 has no transfer
 * codings.
 * @throws RegistryError REQUEST_INVALID
 */
export function checkFraming({ httpVersionMinor, headers }: IncomingMessage): void {
  if (httpVersionMinor > 0 || headers['transfer-encoding'] === undefined) return
  throw new RegistryError('REQUEST_INVALID', 'HTTP/1.0 has no Transfer-Encoding: use HTTP/1.1')
}

/**
 * The path by which a request is routed and authorised. `%3A` in the last segment becomes ":",
 * because clients escape digests; other escapes would allow a second spelling of a name.
 * @throws RegistryError REQUEST_INVALID
 */
export function readPath(path: string): string {
  if (!path.includes('%')) return path
  const last = path.lastIndexOf('/')
  const decoded = path.slice(0, last) + path.slice(last).replaceAll(/%3a/gi, ':')
  if (!decoded.includes('%')) return decoded
  throw new RegistryError(
    'REQUEST_INVALID',
    'the path has a percent escape: names, tags and digests are written as they are',
  )
}

/** @throws RegistryError REQUEST_INVALID */
export function checkHost(host: string | undefined): void {
  if (host === undefined || host === '' || isHost(host)) return
  throw new RegistryError(
    'REQUEST_INVALID',
    'the Host header must be a host name or address, with or without a port',
  )
}
