import type { Layer, Descriptor } from '../../oci/descriptor.ts'
import type { Artifact, ContentFacts, InspectedArtifact } from '../model/artifact.ts'
import { selectedFrom } from '../assess/matrix.ts'
import type { Examination, ExaminationScope } from '../model/examination-scope.ts'
import {
  MAX_FACTS_BYTES,
  parseConfig,
  selectLayers,
  wantsConfig,
} from '../model/layer-selection.ts'
import type { BlobFacts } from '../read/facts.ts'
import type { ArchiveFacts } from '../read/archive/plugin-archive.ts'

/** The known facts about a layer. */
export interface LayerFacts {
  /** About the layer's own bytes. */
  readonly file?: BlobFacts
  /** About the files packed in it. */
  readonly archive?: ArchiveFacts
}

/** The source of an artifact's content: this registry's storage, or another registry. */
export interface ArtifactSource {
  /** A manifest of an index; undefined if it is not there. */
  manifest(digest: string): Promise<Artifact | undefined>
  /**
   * At least these examinations, as far as they are possible; facts that are known already in any
   * case.
   */
  layer(layer: Layer, examinations: readonly Examination[]): Promise<LayerFacts>
  /** The bytes of a config; undefined if it is not there, or larger than its descriptor says. */
  config(config: Descriptor): Promise<Uint8Array | undefined>
}

export interface ArtifactInspection extends InspectedArtifact {
  /**
   * Of an index those of its manifests that are there and that some consumer selects, by digest.
   */
  readonly children: ReadonlyMap<string, InspectedArtifact>
  /** Content that the scope asks for and that could not be read, also of the children. */
  readonly unread: readonly UnreadContent[]
}

/** A manifest that is not there, or a blob that is not there or was not examined in time. */
export interface UnreadContent {
  readonly kind: 'manifest' | 'blob'
  readonly digest: string
}

/** Reads the content of an artifact; of an index, that of the manifests that consumers select. */
export async function inspectArtifact(
  artifact: Artifact,
  scope: ExaminationScope,
  source: ArtifactSource,
): Promise<ArtifactInspection> {
  const children = new Map<string, InspectedArtifact>()
  const unread: UnreadContent[] = []
  for (const digest of selectedFrom(artifact)) {
    const child = await source.manifest(digest)
    if (child)
      children.set(digest, { artifact: child, known: await inspect(child, scope, source, unread) })
    else unread.push({ kind: 'manifest', digest })
  }
  return { artifact, known: await inspect(artifact, scope, source, unread), children, unread }
}

/** @param unread gets the blobs that could not be read */
async function inspect(
  artifact: Artifact,
  scope: ExaminationScope,
  source: ArtifactSource,
  unread: UnreadContent[],
): Promise<ContentFacts> {
  const blobs = new Map<string, BlobFacts>()
  const archives = new Map<string, ArchiveFacts>()
  let bytesLeft = MAX_FACTS_BYTES
  for (const { layer, examinations } of selectLayers(artifact, scope)) {
    if (bytesLeft < 0) break
    const facts = await source.layer(layer, examinations)
    if (facts.file) blobs.set(layer.digest, facts.file)
    if (facts.archive) archives.set(layer.digest, facts.archive)
    if (missingFrom(facts, examinations).length > 0)
      unread.push({ kind: 'blob', digest: layer.digest })
    bytesLeft -= JSON.stringify(facts).length
  }
  const known = { blobs, archives }
  if (!artifact.config || !wantsConfig(artifact, known, scope)) return known
  const bytes = await source.config(artifact.config)
  if (!bytes) unread.push({ kind: 'blob', digest: artifact.config.digest })
  const config = bytes && parseConfig(bytes)
  return { ...known, ...(config && { config }) }
}

/** The examinations whose results are not there; an archive is opened only if it is gzip. */
export function missingFrom(
  { file, archive }: LayerFacts,
  wanted: readonly Examination[],
): Examination[] {
  return wanted.filter((examination) =>
    examination === 'file' ? !file : !archive && (file?.content ?? 'gzip') === 'gzip',
  )
}
