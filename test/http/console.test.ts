import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { ByteBudget } from '../../src/base/byte-budget.ts'
import { application } from '../../src/http/application.ts'
import { type ConsoleAssets, readConsole } from '../../src/http/console-assets.ts'
import { consolePage, home } from '../../src/http/handlers/console.ts'
import { accessLog } from '../../src/http/observe.ts'
import { get } from '../../src/http/route.ts'
import { HttpServer } from '../../src/http/server.ts'
import { repository } from '../cli/process.ts'
import { buildConsole } from '../support/built-console.ts'
import { expect, expectError } from '../support/expected-answers.ts'
import { KeptLog } from '../support/kept-log.ts'
import { Requests } from '../support/requests.ts'
import { startTestServer, testConfig } from '../support/server.ts'

const BUDGET = 150 * 1024

const assets = await readConsole(await buildConsole({ after }))

/** A server that has nothing but the console, under a name as behind a proxy. */
async function serve(files: ConsoleAssets): Promise<Requests> {
  const { limits, http, tls } = testConfig({})
  const log = new KeptLog()
  const baseOf = () => 'https://registry.example'
  const routes = [
    get('home', '/', 'public', home(files, baseOf)),
    get('console', '/ui{/{*path}}', 'public', consolePage(files, baseOf)),
  ]
  const koa = application({
    routes,
    log,
    observer: accessLog(log),
    memory: new ByteBudget(1024),
    clientOf: () => '',
    admit: () => (_ctx, next) => next(),
    crossSite: { baseOf: () => 'http://x', allowed: [] },
    isOwnName: () => true,
    draining: () => false,
  }).callback()
  const where = { host: '127.0.0.1', port: 0 }
  const options = { ...where, tls, headerSize: limits.headerSize, connections: 1000, ...http, log }
  const server = await HttpServer.listen(options, koa)
  const requests = new Requests({ ...where, port: server.port })
  after(async () => {
    requests.close()
    await server.close(0)
  })
  return requests
}

const server = await serve(assets)
const names = [...assets.keys()].filter((name) => name !== 'index.html')

describe('the built console', () => {
  it('the built console is at most 150 KiB, compressed', () => {
    const sizes = [...assets.values()].map(({ gzipped }) => gzipped.byteLength)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    assert.ok(total <= BUDGET, `${total} bytes`)
    assert.ok(total > 10_000)
  })

  it('the built console requests nothing from other hosts, and has nothing inline', () => {
    const page = assets.get('index.html')!.bytes.toString()
    assert.doesNotMatch(page, /<script>|<style|style=| on[a-z]+=/)
    for (const [, from] of page.matchAll(/(?:src|href)="([^"]+)"/g))
      assert.match(from!, /^\/ui\/_assets\//)
    for (const [name, { bytes }] of assets) {
      const urls = [...bytes.toString().matchAll(/https?:\/\/[^\s"'`)]+/g)].map(([url]) => url)
      // Names of namespaces, which nobody fetches.
      const fetched = urls.filter((url) => !url.startsWith('http://www.w3.org/'))
      assert.deepEqual(fetched, [], name)
    }
  })

  it('the built console makes no markup of text, and needs nothing that only secure pages have', () => {
    const root = join(repository, 'console')
    const sources = readdirSync(root, { recursive: true }).map(String)
    for (const name of sources.filter((each) => /\.tsx?$/.test(each))) {
      const found =
        /innerHTML|insertAdjacentHTML|document\.write|\beval\(|crypto\.subtle|randomUUID/i.exec(
          readFileSync(join(root, name), 'utf8'),
        )
      assert.equal(found?.[0], undefined, name)
    }
  })
})

describe('the pages', () => {
  it('the pages are at / and at whatever is below /ui/', async () => {
    for (const path of ['/', '/ui', '/ui/', '/ui/asm/filter:v1', '/ui/x/y/z?view=deploy']) {
      const { headers, text } = expect(await server.get(path), 200)
      assert.equal(headers['content-type'], 'text/html; charset=utf-8')
      assert.equal(headers['cache-control'], 'no-cache')
      assert.match(text, /^<!doctype html>/i)
      expect(await server.head(path), 200)
    }
  })

  it('the pages may run and look like their own assets only, and talk to their own registry', async () => {
    const { headers } = await server.get('/ui/a')
    const policy = String(headers['content-security-policy']).split('; ')
    const own = 'https://registry.example/ui/_assets/'
    assert.deepEqual(policy, [
      "default-src 'none'",
      `script-src ${own}`,
      `style-src ${own}`,
      `img-src ${own}`,
      "connect-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ])
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
  })

  it('the pages are sent again when they have changed', async () => {
    const { headers } = await server.get('/')
    const again = await server.get('/ui/a', { 'If-None-Match': String(headers.etag) })
    assert.deepEqual([again.status, again.text], [304, ''])
  })
})

describe('the assets', () => {
  it('the assets are kept for good, and compressed for those who take that', async () => {
    for (const name of names) {
      const plain = expect(await server.get(`/ui/${name}`), 200)
      assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable')
      assert.equal(plain.headers['x-content-type-options'], 'nosniff')
      assert.equal(plain.headers['content-encoding'], undefined)
      assert.equal(plain.headers.vary, 'Accept-Encoding')
      const zipped = expect(await server.get(`/ui/${name}`, { 'Accept-Encoding': 'gzip' }), 200)
      assert.equal(zipped.headers['content-encoding'], 'gzip')
      assert.deepEqual(gunzipSync(zipped.body), plain.body)
    }
  })

  it('the assets are those that were built, and no others', async () => {
    for (const path of ['_assets/', '_assets/x.js', '_assets/../index.html', '_assets/index.html'])
      expectError(await server.get(`/ui/${path}`), 404, 'UNSUPPORTED')
    expectError(await server.get(`/ui/%2e%2e/package.json`), 400, 'UNSUPPORTED')
  })
})

describe('every other address', () => {
  it('every other address is unknown, as without a console', async () => {
    const unknown = ['/v1/search', '/.well-known/x', '/token/x', '/v2x', '/uix', '/index.html']
    for (const path of [...unknown, '/favicon.ico', '/_assets/x'])
      expectError(await server.get(path), 404, 'UNSUPPORTED')
  })
})

describe('a registry without a console', () => {
  it('a registry without a console says at / where its API is, and has no pages', async (test) => {
    const off = await startTestServer({ console: 'false' }, test)
    for (const requests of [off, await serve(new Map())]) {
      const { text, headers } = expect(await requests.get('/'), 200)
      assert.match(text, /API begins at \/v2\//)
      assert.equal(headers['docker-distribution-api-version'], 'registry/2.0')
      expectError(await requests.get('/ui/'), 404, 'UNSUPPORTED')
    }
    assert.equal((await readConsole('/nowhere')).size, 0)
  })
})
