import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { hashSync } from '@node-rs/bcrypt'
import fc from 'fast-check'
import { startBothWays, type BothWays } from '../support/both-ways.ts'
import { expect } from '../support/expected-answers.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { pushBlob, pushImage, putManifest } from '../support/pushes.ts'
import { type RawAnswer, RawConnection } from '../support/raw-connection.ts'
import type { Requests } from '../support/requests.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

// A blob takes at most a sixteenth of the cache.
const settings = { 'cache.blobs': '1MiB' }
const both = await startBothWays(await temporaryDirectory({ after }), settings)
after(() => both.stop())

const id = await pushImage(both.koa, 'a/b', 'v1')
const long = digest(image(), 'sha512')
await putManifest(both.koa, 'a/b', `${long}?tag=long`, image())
const small = await pushBlob(both.koa, 'a/b', 'small')
const small512 = await pushBlob(both.koa, 'a/b', 'small too', 'sha512')
const empty = await pushBlob(both.koa, 'a/b', '')
const middle = await pushBlob(both.koa, 'a/b', 'm'.repeat(60 * 1024))
const large = await pushBlob(both.koa, 'a/b', 'l'.repeat(70 * 1024))

/** Reads that are answered from memory once they have been answered before. */
const warm = [
  '/v2/a/b/manifests/v1',
  '/v2/a/b/manifests/long',
  `/v2/a/b/manifests/${id}`,
  `/v2/a/b/manifests/${long}`,
  ...[small, small512, empty, middle].map((blob) => `/v2/a/b/blobs/${blob}`),
]
for (const path of warm) expect(await both.koa.get(path), 200)
/** Not there, and said so in front of Koa: every push asks before it sends. */
const absent = [
  '/v2/a/b/manifests/missing',
  '/v2/a/b/manifests/.bad',
  `/v2/a/b/manifests/${'x'.repeat(129)}`,
  `/v2/a/b/manifests/${digest('unknown')}`,
  `/v2/a/b/manifests/${small}`,
  `/v2/a/b/blobs/${digest('unknown')}`,
  `/v2/a/b/blobs/${id}`,
  '/v2/nobody/manifests/v1',
  `/v2/nobody/blobs/${small}`,
]

const others = [
  `/v2/a/b/blobs/${large}`,
  '/v2/a/b/manifests/sha256:bad',
  `/v2/a/b/manifests/${id.replace(':', '%3A')}`,
  '/v2/a/b/blobs/latest',
  `/v2/a/b/blobs/${small.toUpperCase()}`,
  '/v2/a/b/blobs/uploads',
  '/v2/A/manifests/v1',
  '/v2/a/../a/b/manifests/v1',
  '/v2/a//b/manifests/v1',
  '/v2/a/b/manifests/v1/',
  '/v2/a/b/manifests/v%31',
  '/v2/a%2Fb/manifests/v1',
  '/v2/a/b/manifests/v1?',
  '/v2/a/b/manifests/v1?ns=docker.io&x=%00',
  '/v2/a/b/manifests/v1#x',
  'http://elsewhere.example/v2/a/b/manifests/v1',
  `/v2/${'a'.repeat(300)}/manifests/v1`,
  '/v2/a/b/tags/list',
  '/v2/',
]

/** Headers beside Host and X-Request-Id, and what follows them. */
const shapes: Readonly<Record<string, readonly [headers: readonly string[], body?: string]>> = {
  'nothing else': [[]],
  'a Range': [['Range: bytes=0-3']],
  'a Range outside': [['Range: bytes=9999999-']],
  'several Ranges': [['Range: bytes=0-1,3-4']],
  'an If-Range': [['Range: bytes=0-3', `If-Range: "${small}"`]],
  'a fitting If-None-Match': [[`If-None-Match: "${id}", W/"${small}", "${long}", "${middle}"`]],
  'an If-None-Match of anything': [['If-None-Match: *']],
  'another If-None-Match': [['If-None-Match: "x", sha256:y']],
  'an empty If-None-Match': [['If-None-Match:']],
  'If-Modified-Since': [['If-Modified-Since: Wed, 21 Oct 2045 07:28:00 GMT']],
  'Accept and Accept-Encoding': [['Accept: text/html', 'Accept-Encoding: gzip, br']],
  'Connection: close': [['Connection: close']],
  'Connection: keep-alive': [['Connection: keep-alive']],
  'an empty body': [['Content-Length: 0']],
  'a body': [['Content-Length: 4'], 'body'],
  'a chunked body': [['Transfer-Encoding: chunked'], '4\r\nbody\r\n0\r\n\r\n'],
  Expect: [['Expect: 100-continue']],
  Upgrade: [['Connection: Upgrade', 'Upgrade: h2c']],
  'credentials nobody asked for': [['Authorization: Basic eDp5']],
  'a Range twice': [['Range: bytes=0-1', 'Range: bytes=2-3']],
}

const hosts = [
  'registry.example',
  'registry.example:5000',
  '[::1]:5000',
  '',
  'a/b',
  'user@x',
  ':80',
  'a b',
]
const ids = ['given', 'given:1.2-3_4', 'not given', 'bad id', '', 'x'.repeat(129)]

interface Asked {
  readonly method: string
  readonly path: string
  readonly shape: string
  readonly version: string
  readonly host: string
  readonly id: string
}

const plain = {
  method: 'GET',
  version: '1.1',
  shape: 'nothing else',
  host: 'registry',
  id: 'given',
}

function textOf({ method, path, shape, version, host, id: given }: Asked): string {
  const [headers, body = ''] = shapes[shape]!
  const lines = [
    `${method} ${path} HTTP/${version}`,
    `Host: ${host}`,
    ...(given === 'not given' ? [] : [`X-Request-Id: ${given}`]),
    'User-Agent: test',
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/**
 * The answer of one server without the date and the generated id, and the state of the connection
 * after it.
 */
async function ask(server: Requests, asked: Asked) {
  const connection = await RawConnection.open(server)
  try {
    connection.write(textOf(asked))
    const answer = comparable(await connection.answer(asked.method === 'HEAD'), asked)
    if (answer.closes) return { answer, rest: await connection.rest() }
    connection.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    return { answer, rest: (await connection.answer()).body }
  } finally {
    connection.destroy()
  }
}

function comparable({ headers, ...rest }: RawAnswer, asked: Asked) {
  const { date: _, 'x-request-id': given = '', ...compared } = headers
  const closes = headers['connection'] === 'close'
  const known = given === asked.id ? given : typeof given
  return { ...rest, headers: { ...compared, id: known }, closes }
}

async function expectSame(ways: BothWays, asked: Asked): Promise<void> {
  const before = ways.log.lines.length
  const [fast, koa] = [await ask(ways.fast, asked), await ask(ways.koa, asked)]
  assert.deepEqual(fast, koa, JSON.stringify(asked))
  assert.ok(fast.answer.status < 500 && fast.answer.status >= 200)
  const lines = ways.log.lines.slice(before).filter(({ fields }) => fields['url'] !== '/livez')
  const [first, second] = lines.map(({ fields, ...line }) => ({
    ...line,
    fields: { ...fields, milliseconds: 0, requestId: fields['requestId'] === asked.id },
  }))
  assert.deepEqual(first, second, JSON.stringify(asked))
}

describe('the fast path', () => {
  for (const method of ['GET', 'HEAD'])
    it(`the fast path answers as Koa alone does: ${method} with every header of every address`, async () => {
      for (const path of [...warm, ...absent, ...others])
        for (const shape of Object.keys(shapes))
          await expectSame(both, { ...plain, method, path, shape })
    })

  it('the fast path answers as Koa alone does, whatever is combined', async () => {
    const asked = fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'PATCH'),
      path: fc.constantFrom(...warm, ...absent, ...others),
      shape: fc.constantFrom(...Object.keys(shapes)),
      version: fc.constantFrom('1.0', '1.1'),
      host: fc.constantFrom(...hosts),
      id: fc.constantFrom(...ids),
    })
    await fc.assert(
      fc.asyncProperty(asked, async (each) => {
        // An upload that is opened has an id of its own.
        fc.pre(each.method !== 'POST' || !each.path.includes('uploads'))
        await expectSame(both, each)
      }),
      { numRuns: 500 },
    )
  })

  it('the fast path answers as Koa alone does while the process drains', async () => {
    both.draining = true
    for (const path of [...warm, ...absent, ...others]) await expectSame(both, { ...plain, path })
    both.draining = false
  })

  it('the fast path is taken by every warm read and by what is not there, and by nothing else', async () => {
    const passed = async (asked: Asked) => {
      const before = both.passedOn
      const connection = await RawConnection.open(both.fast)
      connection.write(textOf(asked))
      await connection.answer(asked.method === 'HEAD')
      connection.destroy()
      return both.passedOn - before
    }
    const harmless = [
      'nothing else',
      'a fitting If-None-Match',
      'Connection: close',
      'If-Modified-Since',
    ]
    for (const path of [...warm, ...absent])
      for (const method of ['GET', 'HEAD'])
        for (const version of ['1.0', '1.1'])
          for (const shape of harmless)
            assert.equal(
              await passed({ ...plain, path, method, shape, version }),
              0,
              `${method} ${path}`,
            )
    for (const path of others) assert.equal(await passed({ ...plain, path }), 1, path)
    for (const shape of ['a Range', 'an empty body', 'a body', 'a chunked body'])
      assert.equal(await passed({ ...plain, path: warm[0]!, shape }), 1, shape)
    for (const method of ['POST', 'OPTIONS', 'PATCH'])
      assert.equal(await passed({ ...plain, path: warm[0]!, method }), 1, method)
    assert.equal(await passed({ ...plain, path: warm[0]!, host: 'a/b' }), 1)
    both.draining = true
    assert.equal(await passed({ ...plain, path: warm[0]! }), 1)
    both.draining = false
  })

  it('the fast path is not taken by what has not been read before', async () => {
    const fresh = await pushBlob(both.koa, 'a/b', 'fresh')
    const counts: number[] = []
    for (let read = 0; read < 3; read++) {
      const before = both.passedOn
      assert.equal((await both.fast.get(`/v2/a/b/blobs/${fresh}`)).text, 'fresh')
      counts.push(both.passedOn - before)
    }
    assert.deepEqual(counts, [1, 0, 0])
  })

  it('the fast path sees every change at once', async () => {
    const path = '/v2/a/b/manifests/moving'
    const second = image({ annotations: { second: 'yes' } })
    await putManifest(both.koa, 'a/b', 'moving', image())
    await putManifest(both.koa, 'a/b', digest(second), second)
    expect(await both.fast.get(`/v2/a/b/manifests/${digest(second)}`), 200)
    for (const text of [image(), second, image()]) {
      const body = { body: text, headers: { 'Content-Type': IMAGE } }
      expect(await both.fast.put(path, body), 201)
      assert.equal((await both.fast.get(path)).text, text)
      assert.equal((await both.fast.get(path)).text, text)
    }
    expect(await both.fast.delete(path), 202)
    expect(await both.fast.get(path), 404)
    const gone = await pushBlob(both.koa, 'a/b', 'going')
    for (const status of [200, 200, 202, 404]) {
      const method = status === 202 ? 'DELETE' : 'GET'
      expect(await both.fast.send(method, `/v2/a/b/blobs/${gone}`), status)
    }
  })
})

describe('the fast path of a registry with accounts', () => {
  const basic = (user: string) => `Basic ${Buffer.from(user).toString('base64')}`

  it('the fast path of a registry with accounts answers as Koa alone does, to everybody', async (t) => {
    const data = await temporaryDirectory(t)
    const htpasswd = join(data, 'htpasswd')
    await writeFile(
      htpasswd,
      ['alice', 'bob'].map((user) => `${user}:${hashSync(user, 4)}\n`).join(''),
    )
    const rules = `[{repositories: ['open/**'], grants: [{anonymous: true, actions: [pull]}, {users: [alice], actions: [pull, push]}]},
      {repositories: ['**'], grants: [{users: [alice], actions: [pull, push]}]}]`
    const closed = await startBothWays(data, { 'auth.htpasswd': htpasswd, 'auth.rules': rules })
    t.after(() => closed.stop())

    const callers = { nobody: [], alice: [basic('alice:alice')], bob: [basic('bob:bob')] }
    const bad = {
      wrong: [basic('alice:x')],
      strange: ['Digest x'],
      token: ['Bearer x'],
      empty: [''],
    }
    const headers = { Authorization: basic('alice:alice') }
    for (const name of ['open/a', 'closed/a']) {
      for (const body of ['{}', 'layer']) {
        const path = `/v2/${name}/blobs/uploads/?digest=${digest(body)}`
        expect(await closed.koa.post(path, { body, headers }), 201)
      }
      const put = { body: image(), headers: { ...headers, 'Content-Type': IMAGE } }
      expect(await closed.koa.put(`/v2/${name}/manifests/v1`, put), 201)
    }
    const paths = ['open/a', 'closed/a'].flatMap((name) =>
      [
        'manifests/v1',
        `manifests/${digest(image())}`,
        `blobs/${digest('layer')}`,
        'manifests/no',
      ].map((rest) => `/v2/${name}/${rest}`),
    )
    for (const path of paths) await closed.koa.get(path, headers)
    for (const [caller, values] of Object.entries({ ...callers, ...bad }))
      for (const path of caller in bad ? paths.slice(3, 5) : paths)
        // Each wrong password takes longer than the one before.
        for (const method of caller === 'wrong' ? ['GET'] : ['GET', 'HEAD'])
          for (let again = 0; again < (caller === 'wrong' ? 1 : 2); again++) {
            const options = { headers: values.length ? { Authorization: values[0] } : {} }
            const [fast, koa] = [
              await closed.fast.send(method, path, options),
              await closed.koa.send(method, path, options),
            ]
            const { date: _, 'x-request-id': __, ...ofFast } = fast.headers
            const { date: ___, 'x-request-id': ____, ...ofKoa } = koa.headers
            const compared = ({ status, text }: typeof fast) => ({ status, text })
            assert.deepEqual(
              [compared(fast), ofFast],
              [compared(koa), withPort(ofKoa, closed)],
              caller,
            )
          }
    const before = closed.passedOn
    expect(await closed.fast.get('/v2/closed/a/manifests/v1', headers), 200)
    expect(await closed.fast.get('/v2/open/a/manifests/v1'), 200)
    assert.equal(closed.passedOn, before)
    expect(await closed.fast.get('/v2/closed/a/manifests/v1'), 401)
    expect(
      await closed.fast.get('/v2/closed/a/manifests/v1', { Authorization: basic('bob:bob') }),
      403,
    )
  })
})

/** Challenges name the address that was asked: the two servers differ in their port. */
function withPort(headers: object, { fast, koa }: BothWays): object {
  return JSON.parse(JSON.stringify(headers).replaceAll(`:${koa.port}/`, `:${fast.port}/`)) as object
}
