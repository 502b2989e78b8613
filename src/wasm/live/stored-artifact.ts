import { readManifest } from '../../oci/manifest.ts'
import type { RepositoryContent } from '../../registry/repository-content.ts'
import type { Registry } from '../../registry/registry.ts'
import type { ManifestRecord } from '../../../storage/index/manifests.ts'
import { type Artifact, readArtifact } from '../model/artifact.ts'
import { selectedFrom, type InspectedArtifact } from '../assess/matrix.ts'
import type { Effort, Knowledge } from './knowledge.ts'

/** An artifact of this registry. */
export interface StoredArtifact extends InspectedArtifact {
  /** Of an index those of its manifests that are here and that some consumer goes on with, by digest. */
  readonly children: ReadonlyMap<string, InspectedArtifact>
}

export interface FoundArtifact extends StoredArtifact {
  readonly record: ManifestRecord
}

/** Reads artifacts of a repository with what is known of their content. */
export class StoredArtifacts {
  readonly #knowledge: Knowledge

  constructor(knowledge: Knowledge) {
    this.#knowledge = knowledge
  }

  /**
   * @param reference a tag or a digest
   * @throws RegistryError MANIFEST_UNKNOWN, NAME_UNKNOWN, DIGEST_INVALID
   */
  async find(
    registry: Registry,
    repository: string,
    reference: string,
    effort: Effort,
  ): Promise<FoundArtifact> {
    const record = await registry.manifests.stat(repository, reference)
    const bytes = await registry.manifests.bytes(repository, record)
    const artifact = readArtifact(readManifest(bytes, record.mediaType))
    const found = await this.read(registry.content(repository), artifact, effort)
    return { ...found, record }
  }

  /** What is known of an artifact whose manifest need not be stored yet. */
  async read(
    content: RepositoryContent,
    artifact: Artifact,
    effort: Effort,
  ): Promise<StoredArtifact> {
    const children = new Map<string, InspectedArtifact>()
    for (const digest of selectedFrom(artifact)) {
      const child = await content.manifest(digest)
      if (!child) continue
      const { record, bytes } = child
      const found = readArtifact(readManifest(bytes, record.mediaType))
      children.set(digest, {
        artifact: found,
        known: await this.#knowledge.of(content, found, effort),
      })
    }
    return { artifact, known: await this.#knowledge.of(content, artifact, effort), children }
  }
}
