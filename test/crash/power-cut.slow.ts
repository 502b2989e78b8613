import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  bareOrigin,
  cutSomewhere,
  freshOrigin,
  recordPushers,
  type Recording,
  type RecordingOptions,
  type SearchResult,
  searchBrokenPromise,
} from '../support/power-cut-recording.ts'
import {
  withoutBatchSync,
  withoutDirectorySync,
  withoutFileSync,
} from '../support/forgetful-storage.ts'
import { SeededRandom } from '../support/seeded-random.ts'

/*
 * Acknowledged content survives a power cut, and nothing is half visible after it. Pushers work on
 * a real Registry over a disk and an index in memory, which record all operations in one trace. The
 * power is then cut at each place of the trace, with every combination of lost operations that were
 * not durable (or very many of them). The rest is opened again and compared with what had been
 * acknowledged up to there.
 */

/** `npm run test:crash` checks every place of the trace, `npm test` some, chosen by the seed. */
const THOROUGH = process.env['WASMOOR_CRASH_ROUNDS'] !== undefined
const RECORDINGS = THOROUGH ? 5 : 3
const STEPS = THOROUGH ? 6 : 10
const PLACES = 30
const COMBINATIONS = THOROUGH ? 1024 : 20

describe('a power cut', () => {
  it('loses nothing acknowledged and leaves nothing half done in a power cut at any instant', async (test) => {
    let next: Pick<RecordingOptions, 'origin' | 'before'> = { origin: await freshOrigin() }
    let states = 0
    for (let seed = 1; seed <= RECORDINGS; seed++) {
      const recording = await recordPushers({ ...next, seed, steps: STEPS })
      const result = await search(recording, seed)
      assert.deepEqual(result.broken, undefined, `recording ${seed}`)
      states += result.states
      // The next ones push to the rest of a power cut, with orphans, and with sessions at earlier
      // offsets.
      next = await cutSomewhere(recording, new SeededRandom(seed))
    }
    test.diagnostic(`${states} states after power cuts were examined`)
  })

  it('leaves a usable store in a power cut while it is created', async (test) => {
    const recording = await recordPushers({ origin: bareOrigin(), seed: 20, steps: 2 })
    const result = await search(recording, 20, THOROUGH ? 12 : 6)
    assert.deepEqual(result.broken, undefined)
    test.diagnostic(`${result.states} states after power cuts were examined`)
  })

  it('never deletes the file of an existing blob in a power cut during collection', async (test) => {
    const origin = await freshOrigin()
    const recording = await recordPushers({ origin, seed: 40, steps: STEPS, fickle: true })
    const removals = recording.trace.operations.filter(
      ({ effect }) => effect.kind === 'leave' && effect.path.startsWith('blobs/'),
    )
    assert.notEqual(removals.length, 0, 'bytes were removed')
    const result = await search(recording, 40)
    assert.deepEqual(result.broken, undefined)
    test.diagnostic(`${result.states} states, ${removals.length} removals`)
  })

  for (const [what, forgetful] of [
    ['files', { disk: withoutFileSync }],
    ['directories', { disk: withoutDirectorySync }],
    ['the index', { store: withoutBatchSync }],
  ] as const) {
    it(`would lose acknowledged content if ${what} were not synced, and detects that`, async () => {
      const origin = await freshOrigin()
      const recording = await recordPushers({ origin, seed: 30, steps: STEPS, ...forgetful })
      const random = new SeededRandom(30)
      const { broken } = await searchBrokenPromise(recording, { random, most: 8 })
      assert.ok(broken)
    })
  }
})

function search(
  recording: Recording,
  seed: number,
  most: number = COMBINATIONS,
): Promise<SearchResult> {
  const random = new SeededRandom(seed)
  const some = Array.from({ length: PLACES }, () => random.below(recording.trace.length + 1))
  return searchBrokenPromise(recording, { random, most, ...(!THOROUGH && { places: some }) })
}
