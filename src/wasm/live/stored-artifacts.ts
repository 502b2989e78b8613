import { readManifest, readStoredManifest } from '../../oci/manifest.ts'
import type { RepositoryContent } from '../../registry/repository-content.ts'
import type { Registry } from '../../registry/registry.ts'
import type { ManifestRecord } from '../../../storage/index/manifests.ts'
import { type Artifact, readArtifact } from '../model/artifact.ts'
import type { ExaminationScope } from '../model/examination-scope.ts'
import { MAX_CONFIG_BYTES } from '../model/layer-selection.ts'
import {
  type ArtifactInspection,
  type ArtifactSource,
  inspectArtifact,
} from '../report/inspect-artifact.ts'
import type { FactSource } from './fact-source.ts'

const PATIENCE = 10_000

export interface StoredArtifact extends ArtifactInspection {
  readonly record: ManifestRecord
}

/** Artifacts of this registry, with what is known of their content. */
export class StoredArtifacts {
  readonly #facts: FactSource
  readonly #patience: number

  /** @param patience milliseconds that one request waits for blobs to be examined */
  constructor(facts: FactSource, patience = PATIENCE) {
    this.#facts = facts
    this.#patience = patience
  }

  /**
   * @param reference a tag or a digest
   * @throws RegistryError MANIFEST_UNKNOWN, NAME_UNKNOWN, DIGEST_INVALID
   */
  async find(
    registry: Registry,
    repository: string,
    reference: string,
    scope: ExaminationScope,
  ): Promise<StoredArtifact> {
    const record = await registry.manifests.stat(repository, reference)
    const bytes = await registry.manifests.bytes(repository, record)
    const artifact = readArtifact(readManifest(bytes, record.mediaType))
    const inspection = await this.inspect(registry.content(repository), artifact, scope)
    return { ...inspection, record }
  }

  /** For an artifact whose manifest need not be stored yet. */
  inspect(
    content: RepositoryContent,
    artifact: Artifact,
    scope: ExaminationScope,
  ): Promise<ArtifactInspection> {
    return inspectArtifact(artifact, scope, this.#sourceIn(content))
  }

  #sourceIn(content: RepositoryContent): ArtifactSource {
    const deadline = Date.now() + this.#patience
    return {
      manifest: async (digest) => {
        const found = await content.manifest(digest)
        const manifest = found && readStoredManifest(found.bytes, found.record.mediaType)
        return manifest && readArtifact(manifest)
      },
      layer: ({ digest }, examinations) => this.#facts.of(content, digest, examinations, deadline),
      config: ({ digest }) => readConfig(content, digest),
    }
  }
}

async function readConfig(
  content: RepositoryContent,
  digest: string,
): Promise<Uint8Array | undefined> {
  const blob = await content.blob(digest)
  if (!blob) return undefined
  // Larger than its descriptor says, so the manifest will be refused.
  if (blob.size > MAX_CONFIG_BYTES) return new Uint8Array(0)
  const pieces: Uint8Array[] = []
  for await (const piece of (await blob.open()) ?? []) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces)
}
