import { createHash, type Hash } from 'node:crypto'

/**
 * The digest algorithms stored here (image-spec, "Registered Algorithms"), with the length of their
 * hexadecimal form.
 */
const HEX_LENGTH = { sha256: 64, sha512: 128 } as const

export type DigestAlgorithm = keyof typeof HEX_LENGTH

/** `algorithm:encoded`, known to be well formed and of an algorithm stored here. */
export type Digest = string & { readonly brand: 'digest' }

// image-spec v1.1, "Digests": algorithm and encoded part of any digest, also of algorithms not
// stored here.
const GRAMMAR = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/
const SHA256 = /^sha256:[a-f0-9]{64}$/
const SHA512 = /^sha512:[a-f0-9]{128}$/
const LONGEST = 1024

/** Whether `text` is a digest by grammar, of whichever algorithm. */
export function looksLikeDigest(text: string): boolean {
  return text.length <= LONGEST && GRAMMAR.test(text)
}

/** Whether `text` is a digest that can name something stored here. */
export function isDigest(text: string): text is Digest {
  return SHA256.test(text) || SHA512.test(text)
}

export function isDigestAlgorithm(text: string): text is DigestAlgorithm {
  return Object.hasOwn(HEX_LENGTH, text)
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha256:') ? 'sha256' : 'sha512'
}

export function encodedOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1)
}

export function startHash(algorithm: DigestAlgorithm): Hash {
  return createHash(algorithm)
}

/** The digest of all that `hash` was given; the hash cannot be used afterwards. */
export function finishDigest(algorithm: DigestAlgorithm, hash: Hash): Digest {
  return `${algorithm}:${hash.digest('hex')}` as Digest
}

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return finishDigest(algorithm, startHash(algorithm).update(bytes))
}

/** Says what is wrong with a text that is not a {@link Digest}, for an error message. */
export function describeBadDigest(text: string): string {
  const [algorithm = '', encoded] = text.split(':', 2)
  if (encoded === undefined)
    return 'a digest has the form algorithm:hex, such as sha256:<64 hex digits>'
  if (!isDigestAlgorithm(algorithm)) return 'the digest algorithm must be sha256 or sha512'
  return `a ${algorithm} digest has ${HEX_LENGTH[algorithm]} lower-case hexadecimal digits`
}
