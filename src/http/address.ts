import { RegistryError } from '../oci/errors.ts'

// RFC 3986, section 3.2: a registered name, an IPv4 address or a bracketed IPv6 address, and a port.
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i
const LONGEST_HOST = 261

/**
 * The path that is routed and authorised: `%3A` in the last segment is ":", because clients escape digests; any other
 * escape would be a second spelling of a name.
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
  if (host === undefined || host === '' || (host.length <= LONGEST_HOST && HOST.test(host))) return
  throw new RegistryError(
    'REQUEST_INVALID',
    'the Host header must be a host name or address, with or without a port',
  )
}
