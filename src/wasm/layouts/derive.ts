import type { Descriptor } from '../../oci/descriptor.ts'
import { readManifest } from '../../oci/manifest.ts'
import { OCI_IMAGE_MANIFEST } from '../../oci/media-types.ts'
import type { RepositoryContent, StoredBlob } from '../../registry/repository-content.ts'
import type { Known } from '../artifact.ts'
import type { Subject } from '../matrix.ts'
import { type BlobFacts, READER_VERSION } from '../reader/facts.ts'
import { parseArtifact } from '../stored/stored-artifact.ts'
import { PLUGIN } from '../tar/plugin-archive.ts'
import { DamagedModule } from './contents.ts'
import type { LayoutName } from './layout.ts'
import { type Layout, makeLayout } from './make-layout.ts'
import type { Source } from './source.ts'

/** A layout whose blobs are in the repository, as its pullers will see it. */
export interface Derived extends Layout {
  readonly subject: Subject
}

/**
 * Makes a layout in a repository that holds the module: its blobs are stored, its manifest is not.
 * @throws RegistryError BLOB_UNKNOWN if the module turns out to be gone or damaged, TOO_LARGE
 */
export async function derive(
  content: RepositoryContent,
  name: LayoutName,
  source: Source,
): Promise<Derived> {
  const layout = await makeFrom(await content.blob(source.module.digest), name, source)
  for (const { digest, open } of layout.blobs) {
    if (!(await content.blob(digest))) await content.addBlob(digest, open())
  }
  const artifact = parseArtifact(layout.bytes, readManifest(layout.bytes, OCI_IMAGE_MANIFEST))
  const last = artifact.layers.at(-1)!
  return { ...layout, subject: { artifact, known: knownOf(name, last, source.facts) } }
}

async function makeFrom(
  module: StoredBlob | undefined,
  name: LayoutName,
  source: Source,
): Promise<Layout> {
  try {
    return await makeLayout(name, source, () => read(module))
  } catch (error) {
    if (module && error instanceof DamagedModule) throw await module.damaged(error.message)
    throw error
  }
}

async function* read(blob: StoredBlob | undefined): AsyncGenerator<Uint8Array> {
  const reader = await blob?.open()
  if (reader) yield* reader
}

/** Nobody has to look into what was made here of a file that is known. */
function knownOf(name: LayoutName, { digest, size }: Descriptor, facts: BlobFacts): Known {
  if (name === 'envoy') return { blobs: new Map([[digest, facts]]), archives: new Map() }
  const plugin = { path: PLUGIN, facts }
  const found = { outcome: 'found', entries: 1, unpacked: facts.size, plugin } as const
  const others = { total: 0, items: [] }
  return {
    blobs: new Map([[digest, { reader: READER_VERSION, size, content: 'gzip' }]]),
    archives: new Map([[digest, { reader: READER_VERSION, ...found, others }]]),
  }
}
