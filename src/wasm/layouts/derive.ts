import { LRUCache } from 'lru-cache'
import type { Descriptor } from '../../oci/descriptor.ts'
import type { RepositoryContent, RepositoryBlob } from '../../registry/repository-content.ts'
import { DamagedModule, type NewBlob } from './contents.ts'
import type { LayoutName } from './layout.ts'
import { type Layout, makeLayout } from './make-layout.ts'
import type { LayoutSource } from './source.ts'

/**
 * Layouts that were made, without their blobs: making one again would read and hash the whole
 * module. An original gives the same layout every time.
 */
const made = new LRUCache<string, Layout>({ max: 500 })

/**
 * Makes a layout in a repository that holds the module: its blobs are stored, its manifest is not.
 * @throws RegistryError BLOB_UNKNOWN if the module turns out to be gone or damaged, TOO_LARGE
 */
export async function derive(
  content: RepositoryContent,
  name: LayoutName,
  original: Descriptor,
  source: LayoutSource,
): Promise<Layout> {
  const key = `${name} ${original.digest} ${original.mediaType}`
  const before = made.get(key)
  if (before && (await areThere(content, before.blobs))) return before
  const module = await content.blob(source.module.digest)
  const layout = await makeLayout(name, original, source, () => read(module)).catch(
    async (error: unknown) => {
      if (module && error instanceof DamagedModule) throw await module.quarantine(error.message)
      throw error
    },
  )
  for (const { digest, open } of layout.blobs) {
    if (!(await content.blob(digest))) await content.addBlob(digest, open())
  }
  made.set(key, layout)
  return layout
}

async function areThere(content: RepositoryContent, blobs: readonly NewBlob[]): Promise<boolean> {
  for (const { digest } of blobs) if (!(await content.blob(digest))) return false
  return true
}

async function* read(blob: RepositoryBlob | undefined): AsyncGenerator<Uint8Array> {
  const reader = await blob?.open()
  if (reader) yield* reader
}
