import { createHash } from 'node:crypto'
import type { JsonObject } from '../../../src/oci/descriptor.ts'
import { readManifest } from '../../../src/oci/manifest.ts'
import { readArtifact } from '../../../src/wasm/model/artifact.ts'
import type { InspectedArtifact } from '../../../src/wasm/model/artifact.ts'
import type { BlobFacts } from '../../../src/wasm/read/facts.ts'
import { type ArchiveFacts, PluginArchive } from '../../../src/wasm/read/archive/plugin-archive.ts'
import { read } from './read.ts'
import { type Entry, tar } from './tar.ts'

export const OCI = 'application/vnd.oci.image.manifest.v1+json'
export const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json'
export const INDEX = 'application/vnd.oci.image.index.v1+json'

/**
 * A layer: its type, and its bytes or the archive that its gzip holds; without either nobody has
 * looked at it.
 */
export interface PlannedLayer {
  readonly type: string
  readonly bytes?: Uint8Array
  readonly archive?: readonly Entry[]
  readonly title?: string
  readonly size?: number
}

export interface Plan {
  readonly mediaType?: string
  /** Whether the manifest says its own type. */
  readonly stated?: boolean
  readonly config?: string
  /** The content of the config, if it was read. */
  readonly body?: JsonObject
  readonly layers: readonly PlannedLayer[]
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly subject?: boolean
}

/** A manifest with what is known of its content. */
export function subject(plan: Plan): InspectedArtifact {
  const { mediaType = OCI, stated = true, config, layers } = plan
  const blobs = new Map<string, BlobFacts>()
  const archives = new Map<string, ArchiveFacts>()
  const described = layers.map((layer, position) => {
    const digest = digestOf(`${position}`)
    if (layer.bytes) blobs.set(digest, read(layer.bytes))
    if (layer.archive) {
      const walking = new PluginArchive()
      walking.update(tar(...layer.archive))
      archives.set(digest, walking.finish())
    }
    const title = layer.title && { annotations: { 'org.opencontainers.image.title': layer.title } }
    return { mediaType: layer.type, digest, size: layer.size ?? 100, ...title }
  })
  const body = {
    schemaVersion: 2,
    ...(stated && { mediaType }),
    config: { mediaType: config ?? `${OCI}+none`, digest: digestOf('config'), size: 2 },
    layers: described,
    ...(plan.artifactType && { artifactType: plan.artifactType }),
    ...(plan.annotations && { annotations: plan.annotations }),
    ...(plan.subject && { subject: { mediaType: OCI, digest: digestOf('s'), size: 2 } }),
  }
  const artifact = artifactOf(body, mediaType)
  return { artifact, known: { blobs, archives, ...(plan.body && { config: plan.body }) } }
}

/** An index of children with these platforms, `os/architecture` or none. */
export function indexSubject(platforms: readonly (string | undefined)[]): InspectedArtifact {
  const manifests = platforms.map((platform, position) => {
    const [os, architecture] = platform?.split('/') ?? []
    return {
      mediaType: OCI,
      digest: digestOf(`${position}`),
      size: 2,
      ...(platform && { platform: { os, architecture } }),
    }
  })
  const artifact = artifactOf({ schemaVersion: 2, mediaType: INDEX, manifests }, INDEX)
  return { artifact, known: { blobs: new Map(), archives: new Map() } }
}

export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

function artifactOf(body: JsonObject, mediaType: string) {
  return readArtifact(readManifest(Buffer.from(JSON.stringify(body)), mediaType))
}

/** The artifact of one module layer around a file with these facts. */
export function artifactWith(facts: BlobFacts): InspectedArtifact & { reference: string } {
  const plan: Plan = {
    config: 'application/vnd.module.wasm.config.v1+json',
    layers: [{ type: 'application/vnd.module.wasm.content.layer.v1+wasm' }],
  }
  const { artifact, known } = subject(plan)
  const blobs = new Map([[digestOf('0'), facts]])
  return { artifact, known: { ...known, blobs }, reference: 'registry.test/a/b:v1' }
}
