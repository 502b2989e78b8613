import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rowKey } from '../../storage/keys.ts'
import { encode } from '../../storage/index-kv/rows.ts'
import { referrerKey } from '../../storage/index-kv/referrers.ts'
import { type BuiltManifest, contentOf, image } from '../support/artifact.ts'
import { bodyOf } from '../support/in-process-access.ts'
import { openTestRegistry } from '../support/test-registry.ts'

const CONFIG = contentOf('{}')
const SUBJECT = image({ config: CONFIG })
const ALL = { limit: 10 }
const large = 'x'.repeat(1_000_000)
const MOST = 16 * 1024

async function open() {
  const test = await openTestRegistry()
  await test.registry.uploads.put('a', CONFIG.digest, bodyOf(CONFIG.bytes))
  const list = () => test.registry.referrers.list('a', SUBJECT.digest, undefined, ALL)
  const push = ({ bytes, mediaType }: BuiltManifest, reference: string) =>
    test.registry.manifests.put({
      repository: 'a',
      reference,
      bytes,
      contentType: mediaType,
      tags: [],
    })
  return { ...test, push, list }
}

describe('the rows of referrers', () => {
  it('H5: keep the annotations that fit, in their order, and the manifest keeps all', async () => {
    const { registry, rows, push, list } = await open()
    const small = Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [`k${at}`, '"'.repeat(50)]),
    )
    const annotations = { first: 'a', large, '\u20ac': '\u20ac', ...small, last: large }
    const referrer = image({ config: CONFIG, subject: SUBJECT, annotations })
    await push(referrer, referrer.digest)
    const [entry] = (await list()).entries
    const kept = Object.keys(entry!.annotations)
    assert.deepEqual(kept.slice(0, 3), ['first', '\u20ac', 'k0'])
    assert.ok(kept.length > 100 && kept.length < 300, `${kept.length} annotations`)
    assert.ok(!kept.includes('large') && !kept.includes('last'))
    const key = referrerKey('a', referrer.digest, SUBJECT.digest, entry!.artifactType)
    const row = rows.get(key)
    assert.ok(row!.byteLength < MOST + 1024, `${row!.byteLength} bytes`)
    const found = await registry.manifests.stat('a', referrer.digest)
    assert.deepEqual(await registry.manifests.bytes('a', found), referrer.bytes)
  })

  it('H2: that an earlier release wrote are cut when they are read, and can be deleted', async () => {
    const { registry, rows, push, list } = await open()
    const referrer = image({ config: CONFIG, subject: SUBJECT })
    await push(referrer, 'v1')
    const { digest, mediaType } = referrer
    const row = { mediaType, size: 1, artifactType: large }
    const key = referrerKey('a', digest, SUBJECT.digest, large)
    const manifestRow = { ...row, pushedAt: 1, subject: SUBJECT.digest }
    await rows.write(
      new Map([
        [key, encode({ ...row, annotations: { a: 'b', large } })],
        [rowKey('manifest', 'a', digest), encode(manifestRow)],
      ]),
      false,
    )
    const entry = (await list()).entries.find(({ size }) => size === 1)
    assert.deepEqual(entry?.annotations, { a: 'b' })
    assert.equal(entry?.artifactType, undefined)
    assert.equal((await registry.manifests.stat('a', digest)).artifactType, undefined)
    await registry.manifests.delete('a', digest)
    assert.equal(rows.get(key), undefined)
  })
})
