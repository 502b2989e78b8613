import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { race } from './race.ts'

const SECONDS = Number(process.env['WASMOOR_SOAK_SECONDS'] ?? 16)
const SEED = Number(process.env['WASMOOR_SOAK_SEED'] ?? 1)

describe('collection among pushers and deleters', () => {
  it('loses nothing that is acknowledged and not deleted, and leaves nothing else', async (test) => {
    const result = await race(await temporaryDirectory(test), SECONDS, SEED)
    test.diagnostic(JSON.stringify(result))
    for (const name of ['pushes', 'reads', 'deletions', 'links', 'blobs', 'manifests'] as const)
      assert.notEqual(result[name], 0, `${name}: this was no race`)
  })
})
