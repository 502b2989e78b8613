import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { basic, bearer, startClosedServer } from '../support/closed-server.ts'
import { expect, expectError } from '../support/expected-answers.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { pushImage } from '../support/pushes.ts'
import { nextPage, type Requests } from '../support/requests.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Repository {
  readonly name: string
  readonly tags: number
  readonly pushedAt: number
  readonly newest?: { readonly tag: string; readonly size: number; readonly convention: object }
}

interface Tag {
  readonly tag: string
  readonly digest: string
  readonly size: number
  readonly pushedAt: number
  readonly mediaType: string
  readonly artifactType: string
  readonly convention: { readonly id: string }
}

/** Of what the tests push. */
const CONVENTION = { id: 'none', title: 'not Wasm' }

async function repositories(asked: Requests, path: string): Promise<Repository[]> {
  const answer = expect(await asked.get(path), 200)
  return answer.json<{ repositories: Repository[] }>().repositories
}

async function tagsAt(asked: Requests, path: string): Promise<string[]> {
  const answer = expect(await asked.get(path), 200)
  return answer.json<{ tags: Tag[] }>().tags.map(({ tag }) => tag)
}

let server: TestServer
before(async () => {
  server = await startTestServer()
  for (const [name, tag] of [
    ['asm/b', 'v1'],
    ['asm/a', 'v1'],
    ['asm/a', 'v2'],
    ['other', 'latest'],
  ] as const)
    await pushImage(server, name, tag)
})
after(() => server.stop())

describe('the list of repositories with summaries', () => {
  it('the list of repositories with summaries says of each what a row of a table needs', async () => {
    const [first, ...more] = await repositories(server, '/v2/_wasmoor/repositories')
    assert.deepEqual(
      more.map(({ name }) => name),
      ['asm/b', 'other'],
    )
    assert.equal(first?.name, 'asm/a')
    assert.equal(first.tags, 2)
    assert.equal(first.newest?.tag, 'v2')
    assert.deepEqual(first.newest.convention, CONVENTION)
    assert.ok(first.newest.size > 0)
    assert.ok(Math.abs(first.pushedAt - Date.now()) < 60_000)
  })

  it('the list of repositories with summaries goes on page by page, also of those that begin with a text', async () => {
    const first = await server.get('/v2/_wasmoor/repositories?n=1&prefix=asm/')
    assert.equal(nextPage(first), '/v2/_wasmoor/repositories?n=1&prefix=asm%2F&last=asm%2Fa')
    const [second] = await repositories(server, nextPage(first)!)
    assert.equal(second?.name, 'asm/b')
    assert.equal((await repositories(server, '/v2/_wasmoor/repositories?prefix=nope')).length, 0)
    assert.equal((await repositories(server, '/v2/_wasmoor/repositories?n=0')).length, 0)
  })

  it('the list of repositories with summaries has repositories without a tag, too', async () => {
    const path = `/v2/bare/blobs/uploads/?digest=${digest('x')}`
    expect(await server.post(path, { body: 'x' }), 201)
    const found = await repositories(server, '/v2/_wasmoor/repositories?prefix=bare')
    assert.deepEqual([found[0]?.tags, found[0]?.newest], [0, undefined])
  })

  it('the list of repositories with summaries shows what the caller may pull', async (test) => {
    const closed = await startClosedServer({
      users: ['alice'],
      rules: [{ repositories: ['a'], grants: [{ users: ['alice'], actions: ['pull', 'push'] }] }],
    })
    test.after(() => closed.stop())
    for (const name of ['a', 'b']) {
      const push = `repository:${name}:pull,push`
      const Authorization = await bearer(closed.server, closed.admin, push)
      await closed.server.post(`/v2/${name}/blobs/uploads/?digest=${digest('x')}`, {
        body: 'x',
        headers: { Authorization },
      })
    }
    const headers = { Authorization: basic('alice') }
    const answer = expect(await closed.server.get('/v2/_wasmoor/repositories', headers), 200)
    const { repositories: found } = answer.json<{ repositories: Repository[] }>()
    assert.deepEqual(
      found.map(({ name }) => name),
      ['a'],
    )
    const tags = expect(await closed.server.get('/v2/a/_wasmoor/tags', headers), 200)
    assert.deepEqual(tags.json<{ actions: string[] }>().actions, ['pull', 'push'])
  })
})

describe('the list of tags with summaries', () => {
  const list = '/v2/asm/a/_wasmoor/tags'

  it('the list of tags with summaries is sorted by name, or by the time of the push with the newest first', async () => {
    assert.deepEqual(await tagsAt(server, list), ['v1', 'v2'])
    assert.deepEqual(await tagsAt(server, `${list}?by=pushed`), ['v2', 'v1'])
    assert.deepEqual(await tagsAt(server, `${list}?prefix=v2`), ['v2'])
    for (const by of ['name', 'pushed']) {
      const first = expect(await server.get(`${list}?n=1&by=${by}`), 200)
      const rest = await tagsAt(server, nextPage(first)!)
      assert.deepEqual(rest, by === 'name' ? ['v2'] : ['v1'])
    }
  })

  it('the list of tags with summaries says of each what a row of a table needs, and what the caller may do', async () => {
    const answer = expect(await server.get(`${list}?n=1`), 200)
    const { tags, actions, name } = answer.json<{ tags: Tag[]; actions: string[]; name: string }>()
    assert.equal(name, 'asm/a')
    assert.deepEqual(actions, ['pull', 'push', 'delete'])
    const { pushedAt, artifactType, ...rest } = tags[0]!
    assert.ok(Math.abs(pushedAt - Date.now()) < 60_000)
    assert.equal(artifactType, 'application/vnd.oci.image.config.v1+json')
    const size = image().length + '{}'.length + 'layer'.length
    assert.deepEqual(rest, {
      tag: 'v1',
      digest: digest(image()),
      mediaType: IMAGE,
      size,
      convention: CONVENTION,
      marks: [],
    })
  })

  it('the list of tags with summaries leaves out deleting where that is turned off', async (test) => {
    const other = await startTestServer({ 'delete.enabled': 'false' }, test)
    await pushImage(other, 'a', 'v1')
    const answer = expect(await other.get('/v2/a/_wasmoor/tags'), 200)
    assert.deepEqual(answer.json<{ actions: string[] }>().actions, ['pull', 'push'])
  })

  it('the list of tags with summaries leaves out every change while the registry is read-only', async (test) => {
    const data = await temporaryDirectory(test)
    const writing = await startTestServer({ data })
    await pushImage(writing, 'a', 'v1')
    await writing.stop()
    const kept = await startTestServer({ data, 'storage.readOnly': 'true' }, test)
    const answer = expect(await kept.get('/v2/a/_wasmoor/tags'), 200)
    assert.deepEqual(answer.json<{ actions: string[] }>().actions, ['pull'])
  })

  it('the list of tags with summaries names the tags of one manifest', async () => {
    const id = String((await server.get('/v2/asm/a/manifests/v1')).headers['docker-content-digest'])
    const answer = expect(await server.get(`${list}/${id}`), 200)
    assert.deepEqual(answer.json<{ tags: string[] }>().tags, ['v1', 'v2'])
    const first = expect(await server.get(`${list}/${id}?n=1`), 200)
    assert.deepEqual((await server.get(nextPage(first)!)).json<{ tags: string[] }>().tags, ['v2'])
  })

  it('the list of tags with summaries name the error in an invalid request', async () => {
    const refused = async (path: string) => expectError(await server.get(path), 400, 'UNSUPPORTED')
    assert.match(await refused(`${list}?by=size`), /name or pushed/)
    assert.match(await refused(`${list}?by=pushed&prefix=v`), /by=name only/)
    assert.match(await refused(`${list}?prefix=${'x'.repeat(300)}`), /beginning of a name/)
    expectError(await server.get(`${list}/sha256:1`), 400, 'DIGEST_INVALID')
    expectError(await server.get('/v2/none/_wasmoor/tags'), 404, 'NAME_UNKNOWN')
    expectError(await server.get('/v2/none/_wasmoor/tags?by=pushed'), 404, 'NAME_UNKNOWN')
    expectError(await server.get(`/v2/none/_wasmoor/tags/${digest('x')}`), 404, 'NAME_UNKNOWN')
  })
})
