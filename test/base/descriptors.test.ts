import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { descriptorLimit, shareDescriptors } from '../../src/base/descriptors.ts'

describe('the file descriptors of the process', () => {
  it('M8: suffice for the index, the directories, and two for each connection', () => {
    for (const limit of [256, 400, 1024, 4096, 20_000, 1_048_576]) {
      const { index, directories, connections } = shareDescriptors(limit)
      assert.ok(index + directories + 2 * connections < limit, `${limit}`)
      assert.ok(connections >= 16 && connections <= 10_000, `${limit}: ${connections}`)
    }
  })

  it('have a limit, of the system or the usual one', () => {
    assert.ok(descriptorLimit() > 0)
    assert.deepEqual(shareDescriptors(Infinity).connections, 10_000)
  })
})
