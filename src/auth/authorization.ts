import { isUtf8 } from 'node:buffer'

/** The `Authorization` header of a request. */
export type Authorization =
  | { readonly scheme: 'none' }
  | { readonly scheme: 'basic'; readonly user: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'other' }

const LONGEST = 8192

/**
 * RFC 7617, RFC 6750. Some clients send Basic without user and password for an anonymous request.
 */
export function parseAuthorization(header: string | undefined): Authorization {
  if (header === undefined || header === '') return { scheme: 'none' }
  const found = header.length <= LONGEST ? /^(basic|bearer) +(\S+) *$/i.exec(header) : null
  const [, scheme = '', value = ''] = found ?? []
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: value }
  if (scheme === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return { scheme: 'other' }
  const bytes = Buffer.from(value, 'base64')
  // All bytes that are not UTF-8 would become the same character, and different passwords equal.
  if (!isUtf8(bytes)) return { scheme: 'other' }
  const text = bytes.toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1) return { scheme: 'other' }
  if (text === ':') return { scheme: 'none' }
  return { scheme: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) }
}
