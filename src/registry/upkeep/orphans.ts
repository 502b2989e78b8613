import { setTimeout as sleep } from 'node:timers/promises'
import type { StoredKey } from '../../../storage/blob-store.ts'
import type { RegistryContext } from '../context.ts'
import type { Pace } from './pace.ts'

/** Keys that are looked up between two pauses. */
const BATCH = 100
/** More orphans are left to the next search. */
const MOST_ORPHANS = 100_000
/**
 * Finds bytes that no index entry has, left by a process that ended between writing the two, and
 * makes them candidates. Nothing else walks over all stored files, and this reads only their names,
 * after an unclean end or in a scrub.
 */
export async function findOrphans(
  { storage: { index, blobs }, now, pushTime }: RegistryContext,
  pace: Pace,
  signal: AbortSignal,
): Promise<readonly StoredKey[]> {
  const unknown: StoredKey[] = []
  let examined = 0
  for await (const stored of blobs.list()) {
    if ((await index.blobs.locate(stored.digest))?.key !== stored.key) unknown.push(stored)
    if (unknown.length === MOST_ORPHANS) break
    if (++examined % BATCH === 0) await pace.spend(BATCH)
  }
  if (unknown.length === 0) return []
  // The files of running pushes, too, have no entry yet.
  await sleep(pushTime, undefined, { signal })
  const orphans: StoredKey[] = []
  for (let start = 0; start < unknown.length; start += BATCH) {
    const batch = unknown.slice(start, start + BATCH)
    orphans.push(...(await index.candidates.addOrphans(batch, now())))
    await pace.spend(BATCH)
  }
  return orphans
}
