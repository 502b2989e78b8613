import { type Digest, digestOf, algorithmOf } from '../../oci/digest.ts'
import { isJsonObject } from '../../oci/descriptor.ts'
import { RegistryError } from '../../oci/errors.ts'
import { type Manifest, readManifest } from '../../oci/manifest.ts'

/** The content of a revision, which should be a manifest. */
export type StoredManifest =
  | { readonly kind: 'manifest'; readonly manifest: Manifest; readonly bytes: Uint8Array }
  /** Docker's image manifest, version 2, schema 1: no current registry accepts it. */
  | { readonly kind: 'schema 1' }
  | { readonly kind: 'damaged'; readonly why: string }

export function readStored(digest: Digest, bytes: Uint8Array): StoredManifest {
  const actual = digestOf(bytes, algorithmOf(digest))
  if (actual !== digest) return { kind: 'damaged', why: `its bytes have the digest ${actual}` }
  try {
    const body: unknown = JSON.parse(Buffer.from(bytes).toString())
    if (isJsonObject(body) && body['schemaVersion'] === 1) return { kind: 'schema 1' }
    const manifest = readManifest(bytes, undefined)
    return { kind: 'manifest', manifest, bytes }
  } catch (error) {
    const why = error instanceof RegistryError ? error.message : 'it is not JSON'
    return { kind: 'damaged', why }
  }
}
