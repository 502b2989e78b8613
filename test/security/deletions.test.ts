import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { immutableTags } from '../../src/registry/immutable-tags.ts'
import { KeyValueIndex } from '../../storage/index-kv/key-value-index.ts'
import { under } from '../../storage/keys.ts'
import { imageIndex } from '../support/artifact.ts'
import { put, putImage } from '../support/index-operations.ts'
import { MemoryKeyValue } from '../support/memory-key-value.ts'

/** Keeps writes waiting, so that an operation that needs the queue does not end. */
class StalledKeyValue extends MemoryKeyValue {
  isStalled = false

  override async write(...parameters: Parameters<MemoryKeyValue['write']>): Promise<void> {
    if (this.isStalled) await new Promise<never>(() => {})
    return super.write(...parameters)
  }
}

describe('deleting a manifest that many indexes refer to', () => {
  it('L2: looks at no parent in a repository without immutable tags', async (test) => {
    const store = new MemoryKeyValue()
    const index = new KeyValueIndex(store, true)
    const child = await putImage(index, 'a', 'child')
    await put(index, 'a', imageIndex([child]))
    const keys = test.mock.method(store, 'keys')
    assert.equal(await index.manifests.delete('a', child.digest, 2), true)
    const { gt } = under('referenced', 'a', child.digest)
    const looked = keys.mock.calls.filter(({ arguments: [range] }) => range.gt === gt)
    assert.deepEqual(looked, [])
    const predicate = immutableTags([{ repositories: ['b/**'], tags: ['v*'] }])
    assert.equal(predicate('a'), undefined)
    assert.equal(predicate('b/c')?.('v1'), true)
  })

  it('L2: is refused without a turn in the queue of writes', async () => {
    const store = new StalledKeyValue()
    const index = new KeyValueIndex(store, true)
    const child = await putImage(index, 'a', 'child')
    await put(index, 'a', imageIndex([child]), { tags: ['v1'] })
    store.isStalled = true
    void putImage(index, 'a', 'waiting')
    const refused = await index.manifests.delete('a', child.digest, 2, (tag) => tag === 'v1')
    assert.deepEqual(refused, { immutableTag: 'v1' })
  })
})
