import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectError, expectHeaders } from '../support/expected-answers.ts'
import { digest } from '../support/manifest-texts.ts'
import { pushBlob } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

const small = await pushBlob(server, 'source', 'small')
const large = await pushBlob(server, 'source', 'x'.repeat(100_000))
const long = await pushBlob(server, 'source', 'long', 'sha512')

let fresh = 0
const mount = (id: string, query = '', repository = `target${++fresh}`) =>
  server.post(`/v2/${repository}/blobs/uploads/?mount=${id}${query}`)

describe('mounting a blob', () => {
  for (const [kind, id] of Object.entries({ small, large, sha512: long }))
    for (const from of ['&from=source', ''])
      it(`mounting a blob that is ${kind}, with "${from}", makes it visible without its bytes being sent`, async () => {
        const answer = expect(await mount(id, from), 201)
        expectHeaders(answer, {
          'content-length': '0',
          location: `/v2/target${fresh}/blobs/${id}`,
          'docker-content-digest': id,
        })
        const source = await server.get(`/v2/source/blobs/${id}`)
        const target = expect(await server.get(String(answer.headers.location)), 200)
        assert.equal(target.text, source.text)
      })

  it('mounting a blob survives the end of the source, and its end the source', async () => {
    await pushBlob(server, 'first', 'moving on')
    const id = digest('moving on')
    expect(await mount(id, '&from=first', 'second'), 201)
    expect(await server.delete(`/v2/first/blobs/${id}`), 202)
    expect(await server.head(`/v2/first/blobs/${id}`), 404)
    expect(await server.get(`/v2/second/blobs/${id}`), 200)
    expect(await mount(id, '', 'first'), 201)
    expect(await server.delete(`/v2/second/blobs/${id}`), 202)
    expect(await server.head(`/v2/second/blobs/${id}`), 404)
    expect(await server.get(`/v2/first/blobs/${id}`), 200)
  })

  it('mounting a blob may be done where it is already', async () => {
    expect(await mount(small, '&from=source', 'source'), 201)
    expect(await mount(small, '', 'source'), 201)
  })

  it('mounting a blob that is not there opens an upload instead', async () => {
    const id = digest('never pushed')
    const queries = ['&from=source', '', '&from=nobody', '&from=UPPER', '&from=', '&from=..%2Fx']
    for (const query of queries) {
      const answer = expect(await mount(id, query), 202)
      const location = String(answer.headers.location)
      const finished = await server.put(`${location}?digest=${id}`, { body: 'never pushed' })
      expect(finished, 201)
      expect(await server.delete(`/v2/target${fresh}/blobs/${id}`), 202)
    }
  })

  it('mounting a blob from a repository that does not hold it opens an upload, though another does', async () => {
    await pushBlob(server, 'bystander', 'something else')
    expect(await mount(small, '&from=bystander'), 202)
  })

  it('mounting a blob of a digest that is none is refused', async () => {
    for (const bad of ['', 'latest', 'sha256:bad', `blake3:${'a'.repeat(64)}`])
      expectError(await mount(bad, '&from=source'), 400, 'DIGEST_INVALID')
  })

  it('mounting a blob looks at mount before digest', async () => {
    const both = await mount(small, `&from=source&digest=${digest('other')}`)
    assert.equal(expect(both, 201).headers['docker-content-digest'], small)
  })
})
