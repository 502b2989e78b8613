import { RegistryError } from '../oci/errors.ts'
import { isHost } from '../base/host.ts'

/** Targets under /v2/, including absolute ones (RFC 9112, section 3.2.2). */
const API = /^(?:[a-z]+:\/\/[^/?#]*)?\/v2/i

export function isApi(target: string): boolean {
  return API.test(target)
}

/**
 * RFC 9112, section 3.2: a path, an absolute URL or "*". Koa fails on anything else.
 * @throws RegistryError REQUEST_INVALID
 */
export function checkTarget(target: string): void {
  if (target.startsWith('/') || target === '*' || URL.canParse(target)) return
  throw new RegistryError('REQUEST_INVALID', 'the request target must be a path or a URL')
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
