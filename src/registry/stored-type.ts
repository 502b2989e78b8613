import type { ManifestPut } from '../../storage/index/manifests.ts'
import { readManifest } from '../oci/manifest.ts'

/**
 * The put of a manifest that is stored already under another media type. It keeps that type, unless
 * an earlier release stored it under a type that contradicts its fields.
 */
export function storedAs(put: ManifestPut, mediaType: string): ManifestPut {
  return { ...put, manifest: readManifest(put.bytes, mediaType), replacesType: mediaType }
}

/** For the client whose manifest was stored under another media type than it sent. */
export function typeWarning(
  wanted: ManifestPut,
  { manifest: { mediaType } }: ManifestPut,
): string[] {
  if (mediaType === wanted.manifest.mediaType) return []
  return [`this manifest is stored as ${mediaType} already, and keeps that media type`]
}
