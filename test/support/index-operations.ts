import assert from 'node:assert/strict'
import type { Digest } from '../../src/oci/digest.ts'
import type { SavedBlob } from '../../storage/blob-store.ts'
import type { Index } from '../../storage/index/index.ts'
import type { ManifestPut, ManifestPutOutcome } from '../../storage/index/manifests.ts'
import type { Page, PageRequest } from '../../storage/index/page.ts'
import { type BuiltManifest, type Content, contentOf, image } from './artifact.ts'

let stored = 0

/** A committed blob as an engine returns it, with a new key each time. */
export function storedBlob({ digest, bytes }: Content): SavedBlob {
  const key = `small/${digest}.${(stored++).toString(16).padStart(24, '0')}`
  return { key, size: bytes.byteLength, content: bytes }
}

/** Links a blob in a repository and returns its content. */
export async function link(
  index: Index,
  repository: string,
  content: Content | string,
  time = 1,
): Promise<Content> {
  const { digest, bytes } = typeof content === 'string' ? contentOf(content) : content
  await index.blobs.link({ repository, digest, saved: storedBlob({ digest, bytes }), time })
  return { digest, bytes }
}

export function put(
  index: Index,
  repository: string,
  manifest: BuiltManifest,
  more: Partial<ManifestPut> = {},
): Promise<ManifestPutOutcome> {
  return index.manifests.put(putOf(repository, manifest, more))
}

export function putOf(
  repository: string,
  { digest, bytes, manifest }: BuiltManifest,
  more: Partial<ManifestPut> = {},
): ManifestPut {
  const standard = { tags: [], requireReferences: true, time: 1 }
  return { ...standard, repository, digest, bytes, manifest, ...more }
}

/** Puts an image after linking its config. */
export async function putImage(
  index: Index,
  repository: string,
  text: string,
  tags: readonly string[] = [],
  time = 1,
): Promise<BuiltManifest> {
  const config = await link(index, repository, `config of ${text}`, time)
  const manifest = image({ config, annotations: { text } })
  assert.deepEqual(await put(index, repository, manifest, { tags, time }), { outcome: 'stored' })
  return manifest
}

export async function digestUnder(
  index: Index,
  repository: string,
  tag: string,
): Promise<Digest | undefined> {
  return (await index.manifests.get(repository, tag))?.digest
}

/** Candidates as `kind object…`, sorted and distinct. */
export async function candidatesOf(index: Index): Promise<string[]> {
  const kinds = ['link', 'blob', 'manifest', 'key'] as const
  const pages = await Promise.all(
    kinds.map((kind) => index.candidates.list(kind, { limit: 10_000 })),
  )
  const entries = pages.flatMap((page) => page.entries)
  return [...new Set(entries.map(({ kind, object }) => [kind, ...object].join(' ')))].toSorted()
}

/** Reads all pages of a list. */
export async function allPages<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  limit: number,
  position: (entry: T) => string,
): Promise<T[]> {
  const all: T[] = []
  let more = true
  let after: string | undefined
  while (more) {
    const page = await list({ limit, ...(after !== undefined && { after }) })
    assert.ok(page.entries.length <= limit, 'no page is longer than asked for')
    assert.ok(page.entries.length === limit || !page.more, 'no page is short before the end')
    all.push(...page.entries)
    const last = page.entries.at(-1)
    after = last === undefined ? after : position(last)
    ;({ more } = page)
  }
  return all
}
