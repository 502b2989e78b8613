import { setTimeout as sleep } from 'node:timers/promises'
import type { StoredKey } from '../../../storage/blob-store.ts'
import type { RegistryContext } from '../context.ts'
import type { Pace } from './pace.ts'

/** Keys that are looked up between two pauses. */
const PIECE = 100
/** More are left to the next look. */
const MOST_STRAYS = 100_000
/** Bytes get their key before the index names it: who is in between has come through after this. Milliseconds. */
const ON_THEIR_WAY = 3_000

/**
 * Looks for bytes that no entry names, which a process left that ended between the two, and makes them candidates. This is
 * the one thing that looks at all that is stored: only names, and only when it is asked for.
 */
export async function findOrphans(
  { storage: { index, blobs }, now }: RegistryContext,
  pace: Pace,
  signal: AbortSignal,
): Promise<readonly StoredKey[]> {
  const unnamed: StoredKey[] = []
  let looked = 0
  for await (const stored of blobs.list()) {
    if ((await index.blobs.locate(stored.digest))?.key !== stored.key) unnamed.push(stored)
    if (unnamed.length === MOST_STRAYS) break
    if (++looked % PIECE === 0) await pace.spend(PIECE)
  }
  if (unnamed.length === 0) return []
  await sleep(ON_THEIR_WAY, undefined, { signal })
  const strays: StoredKey[] = []
  for (let start = 0; start < unnamed.length; start += PIECE) {
    strays.push(...(await index.candidates.addOrphans(unnamed.slice(start, start + PIECE), now())))
    await pace.spend(PIECE)
  }
  return strays
}
