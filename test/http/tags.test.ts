import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectError, expectHeaders } from '../support/expected-answers.ts'
import { image, IMAGE } from '../support/manifest-texts.ts'
import { pushBlob, pushImage, putManifest } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

interface TagList {
  name: string
  tags: string[]
}

const tagsOf = async (query: string) => {
  const answer = expect(await server.get(`/v2/tags/tags/list${query}`), 200)
  return { tags: answer.json<TagList>().tags, link: answer.headers['link'] }
}

const names = [
  'A',
  'Z',
  '_',
  '0',
  '9',
  'a',
  'a-',
  'a.',
  'a0',
  'a_',
  'aa',
  'b',
  'v1',
  'v1.10',
  'v1.9',
  'z',
]
await pushImage(server, 'tags')
for (const name of names.toReversed()) await putManifest(server, 'tags', name, image())
const sorted = names.toSorted()

describe('the tags of a repository', () => {
  it('the tags of a repository are all there, in byte order, in JSON', async () => {
    const answer = expect(await server.get('/v2/tags/tags/list'), 200)
    assert.deepEqual(answer.json(), { name: 'tags', tags: sorted })
    expectHeaders(answer, {
      'content-type': 'application/json',
      'content-length': String(answer.body.byteLength),
    })
  })

  it('the tags of a repository can be empty', async () => {
    await pushBlob(server, 'no/tags', 'blob')
    assert.deepEqual((await server.get('/v2/no/tags/tags/list')).json(), {
      name: 'no/tags',
      tags: [],
    })
  })

  it('the tags of a repository of an unknown repository are 404 NAME_UNKNOWN, which clients tell from an empty one', async () => {
    for (const query of ['', '?n=0', '?n=5', '?last=a'])
      expectError(await server.get(`/v2/nobody/tags/list${query}`), 404, 'NAME_UNKNOWN')
  })

  it('the tags of a repository are gone with the repository, when its last content goes', async () => {
    const id = await pushBlob(server, 'brief', 'x')
    expect(await server.get('/v2/brief/tags/list'), 200)
    expect(await server.delete(`/v2/brief/blobs/${id}`), 202)
    expectError(await server.get('/v2/brief/tags/list'), 404, 'NAME_UNKNOWN')
  })

  it('the tags of a repository come at most n at a time, with a Link where more follow', async () => {
    assert.deepEqual(await tagsOf('?n=3'), {
      tags: sorted.slice(0, 3),
      link: `</v2/tags/tags/list?n=3&last=${sorted[2]}>; rel="next"`,
    })
    assert.deepEqual(await tagsOf(`?n=${names.length}`), { tags: sorted, link: undefined })
    assert.deepEqual(await tagsOf(`?n=${names.length - 1}`), {
      tags: sorted.slice(0, -1),
      link: `</v2/tags/tags/list?n=${names.length - 1}&last=${sorted.at(-2)}>; rel="next"`,
    })
  })

  it('the tags of a repository are none for n=0, without a Link', async () => {
    assert.deepEqual(await tagsOf('?n=0'), { tags: [], link: undefined })
    assert.deepEqual(await tagsOf('?n=0&last=a'), { tags: [], link: undefined })
  })

  it('the tags of a repository are all for an n above what is given out at once', async () => {
    assert.deepEqual(await tagsOf('?n=999999999999999'), { tags: sorted, link: undefined })
  })

  it('the tags of a repository begin after last, whether or not there is such a tag', async () => {
    const lasts = ['a', 'aZ', 'zz', '', '~', ' ', '!', '"', '\0', '\uffff', 'é', '../x', 'a!b']
    for (const last of lasts)
      assert.deepEqual(
        (await tagsOf(`?last=${encodeURIComponent(last)}`)).tags,
        sorted.filter((tag) => tag > last),
        last,
      )
    assert.deepEqual(await tagsOf('?n=1&last=b'), {
      tags: ['v1'],
      link: '</v2/tags/tags/list?n=1&last=v1>; rel="next"',
    })
  })

  it('the tags of a repository are refused for an n that is no number, and a last that is too long', async () => {
    for (const n of ['-1', 'x', '', '1.5', '1e3', '0x10', '%201', '+1', '%00', '9'.repeat(16)])
      expectError(await server.get(`/v2/tags/tags/list?n=${n}`), 400, 'UNSUPPORTED')
    const long = 'a'.repeat(1025)
    expectError(await server.get(`/v2/tags/tags/list?last=${long}`), 400, 'UNSUPPORTED')
  })

  it('the tags of a repository are those of this repository, also where names begin alike', async () => {
    await pushImage(server, 'tag', 'of-tag')
    await pushImage(server, 'tags/below', 'of-below')
    await pushImage(server, 'tags-2', 'of-2')
    assert.deepEqual((await tagsOf('')).tags, sorted)
    assert.deepEqual((await server.get('/v2/tag/tags/list')).json<TagList>().tags, ['of-tag'])
  })

  it('the tags of a repository follow a push and a delete at once', async () => {
    const body = { body: image(), headers: { 'Content-Type': IMAGE } }
    expect(await server.put('/v2/tags/manifests/now', body), 201)
    assert.ok((await tagsOf('')).tags.includes('now'))
    expect(await server.delete('/v2/tags/manifests/now'), 202)
    assert.deepEqual((await tagsOf('')).tags, sorted)
  })
})
