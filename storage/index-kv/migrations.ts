import { rowKey, under } from '../keys.ts'
import type { Changes, KeyValue } from './key-value.ts'
import { encode, readRow } from './rows.ts'

/**
 * Rewrites the rows of one format version as those of the next, in bounded memory. May be
 * interrupted anywhere and repeated. Resolves with the number of rewritten rows.
 */
export type Migration = (store: KeyValue, syncs: boolean) => Promise<number>

/** By the version that they migrate from. */
export const MIGRATIONS: Readonly<Record<number, Migration>> = { 1: toVersion2 }

const ROWS_PER_BATCH = 1_000

/**
 * Version 2 renames rows `loose!…` to `unreferenced!…`, and fields in the progress of collection
 * and scrub.
 */
async function toVersion2(store: KeyValue, syncs: boolean): Promise<number> {
  let rows = 0
  const { gt, lt } = under('loose')
  for (let after = gt; ;) {
    const entries = await store.entries({ gt: after, lt }, ROWS_PER_BATCH)
    const last = entries.at(-1)
    if (last === undefined) break
    await store.write(new Map(entries.flatMap(([key, value]) => renamed(key, value, gt))), syncs)
    rows += entries.length
    // Not from the start again: LevelDB would step over all the rows deleted so far.
    after = last[0]
  }
  const progress = progressOfVersion2(store)
  if (progress.size > 0) await store.write(progress, syncs)
  return rows + progress.size
}

function renamed(
  key: string,
  value: Uint8Array,
  prefix: string,
): [key: string, value: Uint8Array | undefined][] {
  return [
    [key, undefined],
    [rowKey('unreferenced', key.slice(prefix.length)), value],
  ]
}

interface CollectionStatus1 {
  readonly state: string
  readonly before: number | null
  readonly keys: number
  readonly strays: number
}

interface Collection1 {
  readonly strays: boolean
  readonly last?: CollectionStatus1
}

interface Scrub1 {
  readonly part: string
  readonly strays: number
  readonly findings: readonly { readonly kind: string }[]
}

function progressOfVersion2(store: KeyValue): Changes {
  const changes = new Map<string, Uint8Array>()
  const collection = readRow<Collection1>(store, 'progress', 'collection')
  const scrub = readRow<Scrub1>(store, 'progress', 'scrub')
  if (collection && 'strays' in collection)
    changes.set(rowKey('progress', 'collection'), encode(collectionOf(collection)))
  if (scrub && 'strays' in scrub) changes.set(rowKey('progress', 'scrub'), encode(scrubOf(scrub)))
  return changes
}

function collectionOf({ strays: orphans, last, ...others }: Collection1): object {
  return { ...others, orphans, ...(last && { last: collectionStatusOf(last) }) }
}

function collectionStatusOf(status: CollectionStatus1): object {
  const { state, before: cutoff, keys: files, strays: orphans, ...others } = status
  return { ...others, state: state === 'suspended' ? 'paused' : state, cutoff, files, orphans }
}

function scrubOf({ part, strays: orphans, findings, ...others }: Scrub1): object {
  return {
    ...others,
    part: part === 'strays' ? 'orphans' : part,
    orphans,
    findings: findings.map((finding) =>
      finding.kind === 'stray' ? { ...finding, kind: 'orphan' } : finding,
    ),
  }
}
