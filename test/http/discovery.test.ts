import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectHeaders } from '../support/expected-answers.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

interface Extensions {
  extensions: { name: string; url: string; description: string; endpoints: string[] }[]
}

describe('the discovery of extensions', () => {
  it('the discovery of extensions names what is there beside the specification, for the registry and for a repository', async () => {
    const expected = {
      '/v2/_oci/ext/discover': ['_oci', '_catalog', '_wasmoor'],
      '/v2/a/b/_oci/ext/discover': ['_oci', '_wasmoor'],
    }
    for (const [path, names] of Object.entries(expected)) {
      const answer = expect(await server.get(path), 200)
      expectHeaders(answer, {
        'content-type': 'application/json',
        'content-length': String(answer.body.byteLength),
      })
      const { extensions } = answer.json<Extensions>()
      assert.deepEqual(
        extensions.map(({ name }) => name),
        names,
      )
      for (const { name, url, description, endpoints } of extensions) {
        assert.match(name, /^_[a-z0-9]+$/)
        assert.equal(new URL(url).protocol, 'https:')
        assert.ok(description.length > 0 && endpoints.length > 0)
      }
    }
  })

  it('the discovery of extensions names addresses that are there', async () => {
    const { extensions } = (await server.get('/v2/_oci/ext/discover')).json<Extensions>()
    for (const { endpoints } of extensions)
      for (const endpoint of endpoints) expect(await server.get(`/v2/${endpoint}`), 200)
  })
})
