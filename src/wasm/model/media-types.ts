import { withoutParameters } from '../../oci/media-types.ts'

/** solo-io's spec.md: a raw module and its configuration. */
export const MODULE_LAYER = 'application/vnd.module.wasm.content.layer.v1+wasm'
export const MODULE_CONFIG = 'application/vnd.module.wasm.config.v1+json'
/** CNCF TAG Runtime, "Wasm OCI Artifact layout". */
export const WASM_LAYER = 'application/wasm'
export const WASM_CONFIG_V0 = 'application/vnd.wasm.config.v0+json'
/** engineerd/wasm-to-oci; also Spin's and Kubewarden's layers. */
export const CONTENT_LAYER = 'application/vnd.wasm.content.layer.v1+wasm'
export const CONTENT_CONFIG = 'application/vnd.wasm.config.v1+json'
export const SPIN_APPLICATION = 'application/vnd.fermyon.spin.application.v1+config'
/** containerd/runwasi, oci-tar-builder. */
export const RUNWASI_LAYER = 'application/vnd.bytecodealliance.wasm.component.layer.v0+wasm'
/** Higress, wasm-image-spec. */
export const HIGRESS_SPEC = 'application/vnd.module.wasm.spec.v1+yaml'
export const HELM_PLUGIN = 'application/vnd.helm.plugin.v1+json'
export const HELM_CHART = 'application/vnd.cncf.helm.config.v1+json'
export const HELM_CHART_LAYERS: readonly string[] = [
  'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  'application/vnd.cncf.helm.chart.provenance.v1.prov',
]
/** image-spec v1.1, "OCI Image Media Types". */
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json'
export const OCI_TAR = 'application/vnd.oci.image.layer.v1.tar'
export const OCI_TAR_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json'
export const DOCKER_TAR_GZIP = 'application/vnd.docker.image.rootfs.diff.tar.gzip'
/** The types that oras gives to a config and an artifact without a type. */
export const UNKNOWN_CONFIG = 'application/vnd.unknown.config.v1+json'
export const UNKNOWN_ARTIFACT = 'application/vnd.unknown.artifact.v1'

/** Whether this media type of a layer says that it is a raw Wasm file. */
export function isWasmType(mediaType: string): boolean {
  const type = withoutParameters(mediaType)
  return type.endsWith('/wasm') || type.endsWith('+wasm')
}

/** Whether a layer of this type may be a gzipped tar that contains `plugin.wasm`. */
export function isArchive(mediaType: string): boolean {
  return mediaType === OCI_TAR_GZIP || mediaType === DOCKER_TAR_GZIP
}

/**
 * Whether the type belongs to a family of media types for Wasm, including types of documents beside
 * the module.
 */
export function isWasmFamily(mediaType: string): boolean {
  return isWasmType(mediaType) || /^application\/vnd\.(?:module\.)?wasm\./.test(mediaType)
}
