import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '../base/errno.ts'

export const SIGNING_KEY_FILE = 'signing-key.json'
/** Prefix that distinguishes fingerprints from the ids of access tokens. */
const FINGERPRINT = 'of_'

/** The key that signs the bearer tokens of this installation. */
export interface SigningKey {
  /** `iss`, `aud` and `service` of the installation. */
  readonly service: string
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** A keyed hash of a text, short and useless for guessing the text. */
  readonly fingerprint: (text: string) => string
  /** 32 bytes for another purpose, from which the key cannot be computed (RFC 5869). */
  readonly derive: (purpose: string) => Uint8Array
}

interface KeyFile {
  readonly service: string
  readonly kid: string
  readonly pem: string
}

type Key = KeyFile & { readonly privateKey: KeyObject }

/**
 * Reads the Ed25519 key in the data directory, or creates it there (mode 0600).
 * @throws Error if the file is damaged or cannot be read
 */
export async function openSigningKey(data: string): Promise<SigningKey> {
  const path = join(data, SIGNING_KEY_FILE)
  const { service, kid, pem, privateKey } = (await read(path)) ?? (await make(path))
  return {
    service,
    kid,
    privateKey,
    publicKey: createPublicKey(privateKey),
    derive: (purpose) => new Uint8Array(hkdfSync('sha256', pem, service, purpose, 32)),
    fingerprint: (text) =>
      `${FINGERPRINT}${createHmac('sha256', pem).update(text).digest('base64url').slice(0, 16)}`,
  }
}

async function read(path: string): Promise<Key | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
  try {
    const key = JSON.parse(text) as KeyFile
    const privateKey = createPrivateKey(key.pem)
    if (key.service && key.kid && privateKey.asymmetricKeyType === 'ed25519')
      return { ...key, privateKey }
  } catch {
    // The parser's error can contain parts of the key.
  }
  throw new Error(
    `${path} is not a signing key: delete it, and a new one is created; clients will fetch new tokens`,
  )
}

async function make(path: string): Promise<Key> {
  const { privateKey } = generateKeyPairSync('ed25519')
  const key = {
    // Some clients search the whole challenge for "basic" and "bearer": a UUID contains neither.
    service: `wasmoor-${randomUUID()}`,
    kid: randomUUID(),
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
  await writeSecret(path, JSON.stringify(key))
  return { ...key, privateKey }
}

/** Writes a file that only its owner can read, atomically. */
export async function writeSecret(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    // A file that a crash left behind keeps its mode.
    await file.chmod(0o600)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}
