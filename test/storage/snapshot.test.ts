import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KeyValue, KeyValueSnapshot } from '../../storage/index-kv/key-value.ts'
import { KeyValueIndex } from '../../storage/index-kv/key-value-index.ts'
import { LevelKeyValue } from '../../storage/level/level-key-value.ts'
import { MemoryKeyValue } from '../support/memory-key-value.ts'
import { KeptLog } from '../support/kept-log.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const VALUE = Buffer.from('value')

const engines: Readonly<Record<string, (data: string) => Promise<KeyValue>>> = {
  memory: async () => new MemoryKeyValue(),
  Level: (data) =>
    LevelKeyValue.open(data, { numbered: true, acceptGap: false, log: new KeptLog() }),
}

for (const [name, open] of Object.entries(engines)) {
  describe(`a snapshot of a store in ${name}`, () => {
    it('lists every key of a snapshot in order, whatever is written meanwhile', async (test) => {
      const store = await open(await temporaryDirectory(test))
      const keys = Array.from({ length: 2_500 }, (_, number) => `k!${10_000 + number}`)
      const large = Buffer.alloc(3_000_000, 'x')
      await store.write(new Map(keys.map((key) => [key, VALUE])), true)
      await store.write(new Map([['l', large]]), true)
      const snapshot = store.snapshot()
      await store.write(new Map([[keys[7]!, undefined]]), true)
      const found: string[] = []
      let after = Promise.resolve()
      for await (const entries of snapshot.entries()) {
        after = store.write(new Map([['k!99999', VALUE]]), true)
        await after
        found.push(...entries.map(([key]) => key).filter((key) => /^[kl]/.test(key)))
        if (entries.at(-1)?.[0] === 'l') assert.deepEqual(entries.at(-1)?.[1], large)
      }
      assert.deepEqual(found, [...keys, 'l'])
      await snapshot.close()
      assert.equal(store.get(keys[7]!), undefined)
      await store.close()
    })

    it('closes a snapshot before its end, and before it was read at all', async (test) => {
      const store = await open(await temporaryDirectory(test))
      await store.write(new Map([['k', VALUE]]), true)
      await store.snapshot().close()
      const snapshot: KeyValueSnapshot = store.snapshot()
      for await (const entries of snapshot.entries()) {
        assert.ok(entries.length > 0)
        break
      }
      await snapshot.close()
      await store.close()
    })

    it('leaves upload sessions and batch numbers out of a snapshot of the index', async (test) => {
      const store = await open(await temporaryDirectory(test))
      const kept = ['blob!x', 'candidate!1!key!y', 'format', 'token!t']
      await store.write(new Map([...kept, 'upload!u'].map((key) => [key, VALUE])), true)
      const index = new KeyValueIndex(store, true)
      const snapshot = index.snapshot()
      const rows: string[] = []
      for await (const entries of snapshot.rows()) rows.push(...entries.map(([key]) => key))
      assert.deepEqual(rows, kept)
      await snapshot.close()
      await index.close()
    })
  })
}
