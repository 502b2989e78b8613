import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { readManifest } from '../../src/oci/manifest.ts'
import { holderOf } from '../../src/wasm/layouts/tag-holder.ts'
import { summarise } from '../../src/wasm/live/summary.ts'
import { WasmServices } from '../../src/wasm/live/wasm-services.ts'
import { contentOf, image, imageIndex } from '../support/artifact.ts'
import { bodyOf } from '../support/in-process-access.ts'
import { openTestRegistry } from '../support/test-registry.ts'

const CONFIG = contentOf('{}')
const NOW = image({ config: CONFIG })
/** Accepted by earlier releases. */
const EARLIER = contentOf(Buffer.from(NOW.bytes).toString().replace('{', '{"Layers":[],'))

/** A registry that holds such a manifest as `a:earlier`. */
async function open(test: TestContext) {
  const wasm = new WasmServices([])
  test.after(() => wasm.close())
  const { registry, storage } = await openTestRegistry({ gate: wasm.gate })
  await registry.uploads.put('a', CONFIG.digest, bodyOf(CONFIG.bytes))
  const put = { repository: 'a', ...EARLIER, manifest: NOW.manifest, tags: ['earlier'] }
  await storage.index.manifests.put({ ...put, requireReferences: true, time: 1 })
  return { wasm, registry }
}

describe('a stored manifest that would be refused now', () => {
  it('H7: is served, listed without a summary, and has no report', async (test) => {
    const { wasm, registry } = await open(test)
    assert.throws(() => readManifest(EARLIER.bytes, NOW.mediaType), { failure: 'MANIFEST_INVALID' })
    const found = await registry.manifests.stat('a', 'earlier')
    assert.deepEqual(await registry.manifests.bytes('a', found), EARLIER.bytes)
    assert.equal(await summarise(registry, wasm.artifacts, 'a', EARLIER.digest), undefined)
  })

  it('H7: hinders neither an index that names it nor a layout that wants its tag', async (test) => {
    const { registry } = await open(test)
    const { bytes, mediaType: contentType, digest } = imageIndex([EARLIER])
    const push = { repository: 'a', reference: 'v1', bytes, contentType, tags: [] }
    assert.equal((await registry.manifests.put(push)).digest, digest)
    const holder = await holderOf(registry.content('a'), 'earlier')
    assert.deepEqual(holder, {
      digest: EARLIER.digest,
      free: false,
      condition: { match: [EARLIER.digest] },
    })
  })
})
