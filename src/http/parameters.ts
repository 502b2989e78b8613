import type { Context } from 'koa'
import { describeBadDigest, type Digest, isDigest } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'

/** The value of a query parameter; the last one if it is given more than once. */
export function single(ctx: Context, name: string): string | undefined {
  const value = ctx.query[name]
  return Array.isArray(value) ? value.at(-1) : value
}

/** Every value of a query parameter. */
export function several(ctx: Context, name: string): readonly string[] {
  const value = ctx.query[name]
  return value === undefined ? [] : [value].flat()
}

/**
 * A digest that a client sent.
 * @throws RegistryError DIGEST_INVALID
 */
export function readDigest(text: string | undefined): Digest {
  if (text === undefined)
    throw new RegistryError('DIGEST_INVALID', 'give the digest of the blob as ?digest=sha256:…')
  if (!isDigest(text)) throw new RegistryError('DIGEST_INVALID', describeBadDigest(text))
  return text
}
