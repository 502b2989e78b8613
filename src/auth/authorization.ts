import { isUtf8 } from 'node:buffer'

/** The `Authorization` header of a request, read. */
export type Authorization =
  | { readonly scheme: 'none' }
  | { readonly scheme: 'basic'; readonly user: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }
  | { readonly scheme: 'other' }

const LONGEST = 8192

/** RFC 7617, RFC 6750. Basic with neither user nor password is what some clients send for "nobody". */
export function readAuthorization(header: string | undefined): Authorization {
  if (header === undefined || header === '') return { scheme: 'none' }
  const found = header.length <= LONGEST ? /^(basic|bearer) +(\S+) *$/i.exec(header) : null
  const [, scheme = '', value = ''] = found ?? []
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', token: value }
  if (scheme === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return { scheme: 'other' }
  const bytes = Buffer.from(value, 'base64')
  // Bytes that are no UTF-8 would all become the same character, and different passwords one.
  if (!isUtf8(bytes)) return { scheme: 'other' }
  const text = bytes.toString('utf8')
  const colon = text.indexOf(':')
  if (colon === -1) return { scheme: 'other' }
  if (text === ':') return { scheme: 'none' }
  return { scheme: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) }
}
