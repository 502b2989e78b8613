import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A JWT as anybody could write it, part by part. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

interface KeyFile {
  readonly service: string
  readonly kid: string
  readonly pem: string
}

/** Reads and writes session tokens by hand, with the installation's own key or with others. */
export class ForgedTokens {
  readonly kid: string
  readonly service: string
  readonly #key: KeyObject

  /** @param data the data directory of an installation that was started */
  constructor(data: string) {
    const { service, kid, pem } = JSON.parse(
      readFileSync(join(data, 'signing-key.json'), 'utf8'),
    ) as KeyFile
    this.kid = kid
    this.service = service
    this.#key = createPrivateKey(pem)
  }

  /** The public key as other installations publish theirs. */
  get publicPem(): string {
    return createPublicKey(this.#key).export({ type: 'spki', format: 'pem' }) as string
  }

  /** The token with other claims or headers, rightly signed. */
  altered(token: string, claims: object = {}, header: object = {}): string {
    const parts = readToken(token)
    return this.signed({
      header: { ...parts.header, ...header },
      claims: { ...parts.claims, ...claims },
    })
  }

  signed(parts: TokenParts, key: KeyObject = this.#key): string {
    const text = unsigned(parts)
    return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`
  }
}

export function readToken(token: string): TokenParts {
  const [header = '', claims = ''] = token.split('.')
  return { header: decoded(header), claims: decoded(claims) }
}

/** Signed by a key that nobody knows. */
export function byAnotherKey(tokens: ForgedTokens, token: string, header: object = {}): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  const parts = readToken(token)
  return tokens.signed({ ...parts, header: { ...parts.header, ...header } }, privateKey)
}

/** Not signed at all. */
export function withoutSignature(token: string, alg: string): string {
  const parts = readToken(token)
  return `${unsigned({ ...parts, header: { ...parts.header, alg } })}.`
}

/** Signed with HMAC, a public text taken for the secret. */
export function byHmac(token: string, secret: string | Uint8Array): string {
  const parts = readToken(token)
  const text = unsigned({ ...parts, header: { ...parts.header, alg: 'HS256' } })
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

/** Other claims under the old signature. */
export function tampered(token: string, claims: object): string {
  const parts = readToken(token)
  const text = unsigned({ ...parts, claims: { ...parts.claims, ...claims } })
  return `${text}.${token.split('.')[2]}`
}

function unsigned({ header, claims }: TokenParts): string {
  return [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
}

function decoded(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
}
