// RFC 3986, section 3.2: a registered name, an IPv4 address or a bracketed IPv6 address, and a
// port.
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i
const LONGEST_HOST = 261

/** Whether a text can be a Host header that names something: harmless wherever it is repeated. */
export function isHost(text: string): boolean {
  return text.length <= LONGEST_HOST && HOST.test(text)
}

/** RFC 6761, section 6.3, RFC 1122, section 3.2.1.3, and RFC 4291, section 2.5.3. */
const LOOPBACK = /^(?:(?:.+\.)?localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$|^::1$/i
/** RFC 1918, RFC 3927, RFC 4193 and RFC 4291, section 2.5.6. */
const PRIVATE =
  /^(?:10(?:\.\d{1,3}){3}|(?:192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2}|\[?(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):[0-9a-f:.]*\]?)(?::\d+)?$/i

/** Whether a name or address, with or without a port, is this machine on every machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}

/** Whether a name or address, with or without a port, is loopback, private or link-local. */
export function isPrivate(host: string): boolean {
  return isLoopback(host) || PRIVATE.test(host)
}
