import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectError, expectHeaders, SAFETY_HEADERS } from '../support/expected-answers.ts'
import { descriptor, digest, image, IMAGE } from '../support/manifest-texts.ts'
import { openUpload, pushBlob, pushImage, putManifest } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

const id = await pushImage(server, 'app', 'v1')
const blob = await pushBlob(server, 'app', 'x'.repeat(20_000))
const about = image({ subject: descriptor(image(), IMAGE) })
await putManifest(server, 'app', 'about', about)
const upload = await openUpload(server, 'app')
const unknown = digest('unknown')

/** Reads of every kind, with every kind of outcome. */
const reads = [
  '/v2',
  '/v2/',
  '/v2/_catalog',
  '/v2/_catalog?n=1',
  '/v2/_catalog?n=x',
  '/v2/_oci/ext/discover',
  '/v2/app/_oci/ext/discover',
  '/v2/app/tags/list',
  '/v2/app/tags/list?n=1',
  '/v2/app/tags/list?n=-1',
  '/v2/nobody/tags/list',
  '/v2/app/manifests/v1',
  `/v2/app/manifests/${id}`,
  '/v2/app/manifests/missing',
  '/v2/app/manifests/sha256:bad',
  '/v2/nobody/manifests/v1',
  `/v2/app/blobs/${blob}`,
  `/v2/app/blobs/${digest('layer')}`,
  `/v2/app/blobs/${unknown}`,
  '/v2/app/blobs/bad',
  `/v2/app/referrers/${id}`,
  `/v2/app/referrers/${id}?artifactType=a/b`,
  '/v2/app/referrers/bad',
  '/v2/app/referrers/sha256:bad',
  upload,
  '/v2/app/blobs/uploads/unknown',
  '/v2/app/blobs/uploads/',
  '/v2/UPPER/tags/list',
  '/v2/app/unknown',
  '/v2/app/m%61nifests/v1',
  '/livez',
  '/readyz',
  '/unknown',
]

describe('HEAD', () => {
  for (const path of reads)
    it(`HEAD of ${path} is GET without the body`, async () => {
      const headers = { 'X-Request-Id': 'same' }
      const got = await server.get(path, headers)
      const asked = await server.head(path, headers)
      assert.equal(asked.status, got.status)
      assert.equal(asked.body.byteLength, 0)
      const { date: _, ...sent } = asked.headers
      const { date: __, ...expected } = got.headers
      assert.deepEqual(sent, expected)
      if (got.status !== 204)
        assert.equal(Number(got.headers['content-length']), got.body.byteLength)
    })
})

describe('everything under /v2/', () => {
  it('everything under /v2/ carries the safety headers, whatever the method and the outcome', async () => {
    const paths = reads.filter((path) => path.startsWith('/v2'))
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])
      for (const path of paths) {
        const target = path === upload ? await openUpload(server, 'safe') : path
        const name = method === 'GET' || method === 'HEAD' ? target : target.replace('app', 'safe')
        const { headers } = await server.send(method, name)
        for (const [header, value] of Object.entries(SAFETY_HEADERS))
          assert.equal(headers[header], value, `${method} ${name}: ${header}`)
      }
  })

  it('everything under /v2/ is never compressed, and has no charset', async () => {
    for (const path of reads) {
      const { headers } = await server.get(path, { 'Accept-Encoding': 'gzip, deflate, br' })
      assert.equal(headers['content-encoding'], undefined)
      assert.doesNotMatch(String(headers['content-type']), /charset/)
      assert.equal(headers['transfer-encoding'], undefined)
    }
  })
})

describe('a method that an address does not take', () => {
  const allowed: Readonly<Record<string, readonly string[]>> = {
    '/v2/': ['GET', 'HEAD'],
    '/v2': ['GET', 'HEAD'],
    '/v2/_catalog': ['GET', 'HEAD'],
    '/v2/app/tags/list': ['GET', 'HEAD'],
    '/v2/app/manifests/v1': ['DELETE', 'GET', 'HEAD', 'PUT'],
    [`/v2/app/blobs/${blob}`]: ['DELETE', 'GET', 'HEAD'],
    '/v2/app/blobs/uploads/': ['POST'],
    '/v2/app/blobs/uploads/x': ['DELETE', 'GET', 'HEAD', 'PATCH', 'PUT'],
    [`/v2/app/referrers/${id}`]: ['GET', 'HEAD'],
    '/v2/_oci/ext/discover': ['GET', 'HEAD'],
    '/livez': ['GET', 'HEAD'],
  }
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PURGE', 'PROPFIND']
  for (const [path, expected] of Object.entries(allowed))
    it(`a method that an address does not take is answered by 405 with what ${path} takes`, async () => {
      for (const method of methods.filter((each) => !expected.includes(each))) {
        const answer = await server.send(method, path)
        assert.match(expectError(answer, 405, 'UNSUPPORTED'), /this address takes/)
        assert.equal(answer.headers.allow, expected.join(', '), method)
      }
    })
})

describe('an unknown address', () => {
  const paths = [
    '/v1/',
    '/v2x',
    '/v3/',
    '/v2/app',
    '/v2/app/',
    '/V2/',
    '//v2/',
    '/v2//',
    '/token/x',
  ]
  const inside = [
    '/v2/app/manifests',
    '/v2/app/manifests/',
    '/v2/app/manifests/v1/',
    '/v2/manifests/v1',
  ]
  const more = [
    '/v2/app/tags',
    '/v2/app/tags/list/',
    '/v2/app/Tags/list',
    '/v2/tags/list',
    '/v2/_catalog/',
  ]
  const last = [
    '/v2/app/referrers/',
    '/v2/app/blobs/',
    '/v2/_oci/ext',
    '/livez/',
    '/v2//tags/list/',
  ]
  it('an unknown address is answered by 404 UNSUPPORTED', async () => {
    for (const path of [...paths, ...inside, ...more, ...last])
      for (const method of ['GET', 'PUT', 'POST', 'DELETE'])
        expectError(await server.send(method, path), 404, 'UNSUPPORTED')
  })

  it('an unknown address may have any query', async () => {
    for (const query of ['?', '?a=b', '?%zz', '?%', '?a=%00', '?[]', '?__proto__[x]=1', '?&&=&'])
      expect(await server.get(`/v2/${query}`), 200)
  })
})

describe('a repository name', () => {
  it('a repository name is refused with 400 where the grammar does', async () => {
    const bad = [
      'A',
      'a..b',
      '_a',
      'a_',
      'a//b',
      '-',
      '.',
      '..',
      'a/../b',
      'a/',
      'x'.repeat(256),
      '~',
    ]
    for (const name of bad)
      for (const tail of ['tags/list', 'manifests/v1', `blobs/${blob}`, `referrers/${id}`])
        expectError(await server.get(`/v2/${name}/${tail}`), 400, 'NAME_INVALID')
    for (const name of bad) {
      expectError(await server.post(`/v2/${name}/blobs/uploads/`), 400, 'NAME_INVALID')
      expectError(await server.delete(`/v2/${name}/manifests/v1`), 400, 'NAME_INVALID')
      expectError(await server.put(`/v2/${name}/manifests/v1`), 400, 'NAME_INVALID')
    }
  })

  it('a repository name may have the words of the API in it', async () => {
    for (const name of [
      'manifests/x',
      'a/blobs/uploads',
      'tags/list',
      'v2/v2',
      'blobs/sha256',
      'referrers',
    ]) {
      const pushed = await pushImage(server, name, 'latest')
      for (const tail of ['manifests/latest', `manifests/${pushed}`, `blobs/${digest('layer')}`])
        expect(await server.get(`/v2/${name}/${tail}`), 200)
      assert.deepEqual((await server.get(`/v2/${name}/tags/list`)).json(), {
        name,
        tags: ['latest'],
      })
      expect(await server.get(`/v2/${name}/referrers/${pushed}`), 200)
      expect(await server.delete(`/v2/${name}/manifests/${pushed}`), 202)
    }
  })
})

describe('the ping', () => {
  it('the ping is an empty object', async () => {
    for (const path of ['/v2/', '/v2']) {
      const answer = expect(await server.get(path), 200)
      assert.equal(answer.text, '{}')
      expectHeaders(answer, { 'content-type': 'application/json', 'content-length': '2' })
    }
  })
})
