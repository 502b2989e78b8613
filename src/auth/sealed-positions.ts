import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** No name begins with it. */
const MARK = '~'
const ALGORITHM = 'aes-256-gcm'
const NONCE_LENGTH = 12
const TAG_LENGTH = 16
/** All names are shorter, so that the length of a sealed one tells nothing. */
const LENGTH = 256
const SEALED_LENGTH = Math.ceil(((NONCE_LENGTH + LENGTH + TAG_LENGTH) * 4) / 3)

/**
 * Positions in a list of names that the caller may not see: a page that skips such names continues
 * after one of them, whose name is nobody's business. The key is that of the installation, so
 * that positions outlive a restart.
 */
export class SealedPositions {
  readonly #key: Uint8Array

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    this.#key = key
  }

  seal(name: string): string {
    const nonce = randomBytes(NONCE_LENGTH)
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce)
    const text = cipher.update(name.padEnd(LENGTH), 'utf8')
    const sealed = Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()])
    return MARK + sealed.toString('base64url')
  }

  /** Whether a position looks like a sealed one, and not simply like a name. */
  isSealed(position: string): boolean {
    return position.startsWith(MARK) && position.length === MARK.length + SEALED_LENGTH
  }

  /** The name in such a position; undefined if this installation has not sealed it. */
  open(position: string): string | undefined {
    const sealed = Buffer.from(position.slice(MARK.length), 'base64url')
    const decipher = createDecipheriv(ALGORITHM, this.#key, sealed.subarray(0, NONCE_LENGTH), {
      authTagLength: TAG_LENGTH,
    })
    decipher.setAuthTag(sealed.subarray(-TAG_LENGTH))
    try {
      const text = decipher.update(sealed.subarray(NONCE_LENGTH, -TAG_LENGTH))
      return Buffer.concat([text, decipher.final()]).toString('utf8').trimEnd()
    } catch {
      return undefined
    }
  }
}
