export const OCI_IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json'
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
export const DOCKER_MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
export const OCTET_STREAM = 'application/octet-stream'

const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/
// image-spec v1.1, "Non-Distributable Layers", and Docker's foreign layers: their bytes may live
// elsewhere.
const NON_DISTRIBUTABLE =
  /^application\/vnd\.(?:oci\.image\.layer\.nondistributable\.|docker\.image\.rootfs\.foreign\.)/
// RFC 9110, section 8.3.1, "Media Type": type "/" subtype, each a token, no parameters.
const MEDIA_TYPE = /^[a-z0-9!#$%&'*+.^_`|~-]+\/[a-z0-9!#$%&'*+.^_`|~-]+$/i
const LONGEST = 255
/**
 * Types that a browser would run when it opens a manifest: never taken, so that none can be served.
 */
const ACTIVE = /(?:html|xml|javascript|ecmascript)/

export function isSchema1(mediaType: string): boolean {
  return SCHEMA_1.test(mediaType)
}

export function isImageManifest(mediaType: string): boolean {
  return mediaType === OCI_IMAGE_MANIFEST || mediaType === DOCKER_MANIFEST
}

export function isIndex(mediaType: string): boolean {
  return mediaType === OCI_IMAGE_INDEX || mediaType === DOCKER_MANIFEST_LIST
}

export function isNonDistributable(mediaType: string): boolean {
  return NON_DISTRIBUTABLE.test(mediaType)
}

export function isMediaType(text: string): boolean {
  return text.length <= LONGEST && MEDIA_TYPE.test(text)
}

/** Whether `text` may be an `artifactType`: any text that a list can show. */
export function isArtifactType(text: string): boolean {
  return text.length <= LONGEST && !/\p{Cc}/u.test(text)
}

/**
 * Whether a manifest may be stored, and so served, under this type: an `application/…` type that no
 * browser runs.
 */
export function isManifestType(mediaType: string): boolean {
  return isMediaType(mediaType) && mediaType.startsWith('application/') && !ACTIVE.test(mediaType)
}

/**
 * The type without its parameters, lower-cased (RFC 9110, section 8.3.1: types are
 * case-insensitive).
 */
export function withoutParameters(contentType: string): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase()
}
