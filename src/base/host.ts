// RFC 3986, section 3.2: a registered name, an IPv4 address or a bracketed IPv6 address, and a port.
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i
const LONGEST_HOST = 261

/** Whether a text can be a Host header that names something: harmless wherever it is repeated. */
export function isHost(text: string): boolean {
  return text.length <= LONGEST_HOST && HOST.test(text)
}
