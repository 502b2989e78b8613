import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectError, expectHeaders } from '../support/expected-answers.ts'
import { digest } from '../support/manifest-texts.ts'
import { pushBlob } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

const list = async (query = '') => {
  const answer = expect(await server.get(`/v2/_catalog${query}`), 200)
  return { ...answer.json<{ repositories: string[] }>(), link: answer.headers['link'] }
}

describe('the catalog', () => {
  it('the catalog is empty in an empty registry', async () => {
    const answer = expect(await server.get('/v2/_catalog'), 200)
    assert.equal(answer.text, '{"repositories":[]}')
    expectHeaders(answer, { 'content-type': 'application/json', 'content-length': '19' })
  })

  it('the catalog has every repository once, in byte order, however it came to be', async () => {
    const names = ['b', 'a/b', 'a', 'a-b', 'a.b', 'a_b', 'z/z/z', 'a0', '0']
    for (const name of names) {
      await pushBlob(server, name, 'one')
      await pushBlob(server, name, 'two')
    }
    expect(await server.post(`/v2/mounted/blobs/uploads/?mount=${digest('one')}`), 201)
    expect(await server.post('/v2/only-an-upload/blobs/uploads/'), 202)
    assert.deepEqual(await list(), {
      repositories: [...names, 'mounted'].toSorted(),
      link: undefined,
    })
  })

  it('the catalog comes in pages', async () => {
    const { repositories: all } = await list()
    assert.deepEqual(await list('?n=2'), {
      repositories: all.slice(0, 2),
      link: `</v2/_catalog?n=2&last=${all[1]}>; rel="next"`,
    })
    assert.deepEqual(await list('?n=3&last=a%2Fb'), {
      repositories: all.filter((name) => name > 'a/b').slice(0, 3),
      link: `</v2/_catalog?n=3&last=b>; rel="next"`,
    })
    assert.deepEqual(await list('?n=0'), { repositories: [], link: undefined })
    assert.deepEqual(await list('?last=zz'), { repositories: [], link: undefined })
    assert.deepEqual(await list('?n=1000000'), { repositories: all, link: undefined })
    for (const n of ['-1', 'x', '', '1.5'])
      expectError(await server.get(`/v2/_catalog?n=${n}`), 400, 'UNSUPPORTED')
  })

  it('the catalog loses a repository with its last content', async () => {
    await pushBlob(server, 'passing', 'x')
    assert.ok((await list()).repositories.includes('passing'))
    expect(await server.delete(`/v2/passing/blobs/${digest('x')}`), 202)
    assert.ok(!(await list()).repositories.includes('passing'))
  })
})
