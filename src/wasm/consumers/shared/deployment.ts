import { isJsonObject } from '../../../oci/descriptor.ts'
import { isDigest } from '../../../oci/digest.ts'
import { RegistryError } from '../../../oci/errors.ts'
import type { InspectedArtifact } from '../../model/artifact.ts'
import { wasmFileOf } from '../../model/wasm-file.ts'

/** An artifact in a registry. */
export interface PublishedArtifact extends InspectedArtifact {
  /** HOST[:PORT], as it stands in the names of images. */
  readonly host: string
  /** Whether the registry speaks https there. */
  readonly secure: boolean
  readonly repository: string
  /** Absent if the request named a digest. */
  readonly tag?: string | undefined
  /** Digest of the manifest. */
  readonly digest: string
  /** Repository below which wkg looks for packages (`wkg.namespacePrefix`). */
  readonly namespacePrefix?: string
}

/** An artifact that a consumer is to load. */
export interface Deployment extends PublishedArtifact {
  /** The refusals of the consumer, each with its fix. */
  readonly objections: readonly string[]
  /**
   * The artifact itself, or the manifest that the consumer selects from an index.
   * @throws RegistryError REQUEST_INVALID if the index has nothing for the consumer, or nothing
   *   that is here
   */
  selected(): Selected
}

export interface Selected extends InspectedArtifact {
  /** Digest of the manifest. */
  readonly digest: string
}

/** File name for a downloaded module. */
export const MODULE_FILE = 'filter.wasm'

/** The pull Secret that the guides of meshes name, and that `wasmoor secret` makes. */
export const SECRET = { name: 'asmwasm-cache', namespace: 'istio-system' } as const

export const HASH_OF_MANIFEST = 'sha256 is the hash of the manifest, not of the .wasm file.'
export const NEEDS_SECRET =
  'The Secret is needed only where anonymous pulls are not allowed; it is in the same namespace.'

/** Characters of a Kubernetes name from which others are derived. */
const LONGEST_NAME = 53
const LONGEST_ROOT_ID = 253

/** HOST[:PORT]/REPOSITORY */
export function imageOf({ host, repository }: PublishedArtifact): string {
  return `${host}/${repository}`
}

/** HOST[:PORT]/REPOSITORY:TAG, or with the digest where the request named a digest. */
export function referenceOf(deployment: PublishedArtifact): string {
  const { tag, digest } = deployment
  return imageOf(deployment) + (tag === undefined ? `@${digest}` : `:${tag}`)
}

/**
 * The hex digits of a sha256 digest, as resources of Kubernetes and Envoy have them.
 * @throws RegistryError REQUEST_INVALID for a digest of another kind
 */
export function sha256Of(digest: string): string {
  if (isDigest(digest) && digest.startsWith('sha256:')) return digest.slice('sha256:'.length)
  throw new RegistryError(
    'REQUEST_INVALID',
    'this text needs a sha256 digest: push the artifact under a sha256 digest, or by tag',
  )
}

/** A Kubernetes name (RFC 1123) made of the repository's last part. */
export function kubernetesName({ repository }: PublishedArtifact): string {
  const last = repository.slice(repository.lastIndexOf('/') + 1)
  const plain = last.replaceAll(/[^a-z0-9]+/g, '-').slice(0, LONGEST_NAME)
  return plain.replaceAll(/^-|-$/g, '') || 'filter'
}

/** The root id, by which a module tells its filters apart: the first that the config names. */
export function rootIdOf({ known }: InspectedArtifact): string | undefined {
  const section = known.config?.['config']
  const body = isJsonObject(section) ? section : known.config
  const ids = body?.['rootIds'] ?? body?.['root_ids']
  const first: unknown = Array.isArray(ids) ? ids[0] : undefined
  return typeof first === 'string' && first !== '' && first.length <= LONGEST_ROOT_ID
    ? first
    : undefined
}

export interface SelectedFile {
  /** Digest of the layer. */
  readonly digest: string
  readonly inArchive: boolean
  /** The file name that the pusher gave it: untrusted text. */
  readonly title?: string
}

/** @throws RegistryError REQUEST_INVALID if the artifact has no Wasm file */
export function fileOf({ artifact, known }: InspectedArtifact): SelectedFile {
  const file = wasmFileOf(artifact, known)
  if (!file) {
    throw new RegistryError('REQUEST_INVALID', 'this artifact has no Wasm file')
  }
  const { layer, inArchive } = file
  const { digest, title } = layer
  return { digest, inArchive, ...(title !== undefined && { title }) }
}
