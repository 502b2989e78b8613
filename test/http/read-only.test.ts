import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectError } from '../support/expected-answers.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { openUpload, pushBlob, pushImage } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const data = await temporaryDirectory({ after })
const before = await startTestServer({ data })
const id = await pushImage(before, 'a/b', 'v1')
const blob = await pushBlob(before, 'a/b', 'loose')
const upload = await openUpload(before, 'a/b')
await before.stop()
const server = await startTestServer({ data, 'storage.readOnly': 'true' })
after(() => server.stop())

describe('a registry in maintenance', () => {
  it('a registry in maintenance is pulled from, and is ready', async () => {
    const paths = ['/v2/', '/v2/a/b/manifests/v1', `/v2/a/b/blobs/${blob}`, '/v2/_catalog']
    for (const path of [...paths, '/v2/a/b/tags/list', upload, '/readyz'])
      assert.ok((await server.get(path)).status < 300, path)
  })

  it('a registry in maintenance takes no pushes and deletes, and says why', async () => {
    const manifest = { body: image(), headers: { 'Content-Type': IMAGE } }
    const refused = [
      await server.post('/v2/a/b/blobs/uploads/'),
      await server.post(`/v2/c/blobs/uploads/?mount=${blob}&from=a/b`),
      await server.post(`/v2/a/b/blobs/uploads/?digest=${digest('x')}`, { body: 'x' }),
      await server.patch(upload, { body: 'x' }),
      await server.put(`${upload}?digest=${digest('')}`),
      await server.put('/v2/a/b/manifests/v2', manifest),
      await server.delete('/v2/a/b/manifests/v1'),
      await server.delete(`/v2/a/b/manifests/${id}`),
      await server.delete(`/v2/a/b/blobs/${blob}`),
      await server.delete(upload),
    ]
    for (const answer of refused) {
      expectError(answer, 405, 'UNSUPPORTED')
      assert.match(answer.text, /in maintenance.*storage\.readOnly/)
    }
    expect(await server.get('/v2/a/b/manifests/v1'), 200)
    expect(await server.get(upload), 204)
  })
})
