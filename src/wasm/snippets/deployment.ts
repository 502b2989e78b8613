import { isDigest } from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import { isJsonObject } from '../../oci/descriptor.ts'
import { assess } from '../assess/assess.ts'
import { type ConsumerId, isVerdict } from '../consumers/consumer.ts'
import { CONSUMERS, type InspectedArtifact } from '../assess/matrix.ts'
import { wasmFileOf } from '../model/wasm-file.ts'

/** An artifact in a registry, for the texts with which it is put to work. */
export interface Deployment extends InspectedArtifact {
  /** HOST[:PORT], as it stands in the names of images. */
  readonly host: string
  /** Whether the registry speaks https there. */
  readonly secure: boolean
  readonly repository: string
  /** Absent if the artifact was asked for by digest. */
  readonly tag?: string
  /** Of the manifest. */
  readonly digest: string
  /** Repository below which wkg was told to look for packages. */
  readonly namespacePrefix?: string
  /** Of an index the manifests that are here, by digest. */
  readonly children?: ReadonlyMap<string, InspectedArtifact>
}

/** The pull Secret that guides to meshes name, and that `wasmoor secret` makes. */
export const SECRET = { name: 'asmwasm-cache', namespace: 'istio-system' } as const

/** Characters of a name in Kubernetes that others are made from. */
const LONGEST_NAME = 53
const LONGEST_ROOT_ID = 253

/** HOST[:PORT]/REPOSITORY */
export function imageOf({ host, repository }: Deployment): string {
  return `${host}/${repository}`
}

/** By tag if it was asked for by tag, else by digest. */
export function referenceOf(deployment: Deployment): string {
  const { tag, digest } = deployment
  return imageOf(deployment) + (tag === undefined ? `@${digest}` : `:${tag}`)
}

/** What one consumer takes: the artifact itself, or the manifest of an index that it selects. */
export interface Selected extends InspectedArtifact {
  readonly digest: string
}

/** @throws RegistryError REQUEST_INVALID if the index has nothing for it, or nothing that is here */
export function selectedBy(consumer: ConsumerId, deployment: Deployment): Selected {
  const { artifact, children } = deployment
  if (artifact.children.length === 0) return deployment
  const { title, select } = CONSUMERS.find(({ id }) => id === consumer)!
  const child = select(artifact.children)
  const found = isVerdict(child) ? undefined : children?.get(child.digest)
  if (isVerdict(child) || !found) {
    throw new RegistryError(
      'REQUEST_INVALID',
      `this is an index, and ${title} would find none of its manifests here: ask for one of them by its digest`,
    )
  }
  return { ...found, digest: child.digest }
}

/**
 * The hex digits of a sha256 digest, as resources of Kubernetes and Envoy want them.
 * @throws RegistryError REQUEST_INVALID for a digest of another kind
 */
export function sha256Of(digest: string): string {
  if (isDigest(digest) && digest.startsWith('sha256:')) return digest.slice('sha256:'.length)
  throw new RegistryError(
    'REQUEST_INVALID',
    'this takes sha256 digests only: push the artifact under a sha256 digest, or by tag',
  )
}

/** What the consumer will say of the artifact, and what to do about it. */
export function objectionsOf(consumer: ConsumerId, deployment: Deployment): string[] {
  const { artifact, known, children, tag } = deployment
  const reference = referenceOf(deployment)
  const { refusals: traps } = assess({
    artifact,
    known,
    reference,
    consumers: [consumer],
    ...(tag !== undefined && { tag }),
    ...(children && { children }),
  })
  return traps.flatMap(({ text, fix }) => [text, ...(fix === undefined ? [] : [`Instead: ${fix}`])])
}

/** A name in Kubernetes (RFC 1123) that says which filter it is. */
export function kubernetesName({ repository }: Deployment): string {
  const last = repository.slice(repository.lastIndexOf('/') + 1)
  const plain = last.replaceAll(/[^a-z0-9]+/g, '-').slice(0, LONGEST_NAME)
  return plain.replaceAll(/^-|-$/g, '') || 'filter'
}

/** By which a module tells the filters in it apart; the first that the config names. */
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
  /** Of the layer. */
  readonly digest: string
  readonly inArchive: boolean
  /** The name that the pusher gave it: foreign text. */
  readonly title?: string
}

/** @throws RegistryError REQUEST_INVALID if no Wasm file can be seen in it */
export function fileOf({ artifact, known }: InspectedArtifact): SelectedFile {
  const file = wasmFileOf(artifact, known)
  if (!file) {
    throw new RegistryError('REQUEST_INVALID', 'no Wasm file can be seen in this artifact')
  }
  const { layer, inArchive } = file
  const { digest, title } = layer
  return { digest, inArchive, ...(title !== undefined && { title }) }
}

// RFC 1918, RFC 1122 and RFC 4291.
const PRIVATE =
  /^(?:localhost|127\.[\d.]+|10\.[\d.]+|192\.168\.[\d.]+|172\.(?:1[6-9]|2\d|3[01])\.[\d.]+|\[::1\])(?::\d+)?$/i

/** Whether a host is this machine or an address of a private network. */
export function isPrivate(host: string): boolean {
  return PRIVATE.test(host)
}
