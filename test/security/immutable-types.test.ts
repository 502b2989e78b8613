import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readManifest } from '../../src/oci/manifest.ts'
import { DOCKER_MANIFEST, OCI_IMAGE_INDEX, OCI_IMAGE_MANIFEST } from '../../src/oci/media-types.ts'
import { contentOf, describe as descriptorOf, image } from '../support/artifact.ts'
import { bodyOf } from '../support/in-process-access.ts'
import { openTestRegistry } from '../support/test-registry.ts'

const CONFIG = contentOf('{}')
const config = descriptorOf(CONFIG, 'application/vnd.oci.empty.v1+json')
const SILENT_IMAGE = contentOf(JSON.stringify({ schemaVersion: 2, config, layers: [config] }))
const SILENT_INDEX = contentOf(JSON.stringify({ schemaVersion: 2, manifests: [] }))
const STRANGE = contentOf(JSON.stringify({ blobs: [config], artifactType: 'a/b' }))
const OTHERS = [
  'application/vnd.bogus.v1+json',
  'application/zip',
  'application/pdf',
  'application/json',
  DOCKER_MANIFEST,
]

async function open() {
  const test = await openTestRegistry({
    tags: { immutable: [{ repositories: ['**'], tags: ['v1'] }] },
  })
  await test.registry.uploads.put('a', CONFIG.digest, bodyOf(CONFIG.bytes))
  const push = (bytes: Uint8Array, reference: string, contentType: string) =>
    test.registry.manifests.put({ repository: 'a', reference, bytes, contentType, tags: [] })
  const typeOf = async (reference: string) =>
    (await test.registry.manifests.stat('a', reference)).mediaType
  return { ...test, push, typeOf }
}

describe('the media type of a stored manifest', () => {
  it('M1: does not change when the same bytes are pushed by digest under another type', async () => {
    const { push, typeOf } = await open()
    await push(SILENT_IMAGE.bytes, 'v1', OCI_IMAGE_MANIFEST)
    for (const other of OTHERS) {
      const { digest } = await push(SILENT_IMAGE.bytes, SILENT_IMAGE.digest, other)
      assert.equal(digest, SILENT_IMAGE.digest)
      assert.equal(await typeOf('v1'), OCI_IMAGE_MANIFEST)
    }
  })

  it('M1: follows from the fields of a manifest that does not state it', async () => {
    for (const sent of OTHERS) {
      const { push, typeOf } = await open()
      await push(SILENT_IMAGE.bytes, 'v1', sent)
      await push(SILENT_INDEX.bytes, 'v2', sent)
      assert.equal(await typeOf('v1'), OCI_IMAGE_MANIFEST)
      assert.equal(await typeOf('v2'), OCI_IMAGE_INDEX)
    }
  })

  it('M1: of a kind never seen before is the first one, and the pusher of another learns it', async () => {
    const { push, typeOf } = await open()
    await push(STRANGE.bytes, 'v1', 'application/vnd.first+json')
    for (const reference of [STRANGE.digest, 'v1', 'v2']) {
      const { warnings } = await push(STRANGE.bytes, reference, 'application/vnd.second+json')
      assert.match(warnings.join(), /is stored as application\/vnd\.first\+json already, and keeps/)
      assert.equal(await typeOf(reference), 'application/vnd.first+json')
    }
    const { warnings } = await push(STRANGE.bytes, 'v2', 'application/vnd.first+json')
    assert.deepEqual(warnings, [])
  })

  it('M1: that an earlier release took from a wrong Content-Type is mended by a push', async () => {
    const { push, typeOf, storage } = await open()
    await push(STRANGE.bytes, 'v0', OTHERS[0]!)
    const manifest = { ...readManifest(SILENT_IMAGE.bytes, undefined), mediaType: OTHERS[0]! }
    const put = { repository: 'a', ...SILENT_IMAGE, manifest, tags: ['v1'] }
    await storage.index.manifests.put({ ...put, requireReferences: true, time: 1 })
    assert.equal(await typeOf('v1'), OTHERS[0])
    await push(SILENT_IMAGE.bytes, SILENT_IMAGE.digest, OCI_IMAGE_MANIFEST)
    assert.equal(await typeOf('v1'), OCI_IMAGE_MANIFEST)
  })

  it('M1: is refused if it differs from the one that the manifest states', async () => {
    const { push, typeOf } = await open()
    const stated = image({ config: CONFIG })
    await push(stated.bytes, 'v1', OCI_IMAGE_MANIFEST)
    for (const other of OTHERS)
      await assert.rejects(push(stated.bytes, stated.digest, other), {
        failure: 'MANIFEST_INVALID',
      })
    assert.equal(await typeOf('v1'), OCI_IMAGE_MANIFEST)
  })
})
