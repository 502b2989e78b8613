import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { basic, bearer, type ClosedServer, startClosedServer } from '../support/closed-server.ts'
import { ForgedTokens } from '../support/forged-tokens.ts'
import type { Settings } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const RULES = [
  {
    repositories: ['public/**'],
    grants: [
      { anonymous: true, actions: ['pull'] },
      { users: ['alice'], actions: ['push'] },
    ],
  },
  { repositories: ['**'], grants: [{ users: ['alice'], actions: ['pull', 'push', 'delete'] }] },
]

const closed = await startClosedServer({ users: ['alice'], rules: RULES })
after(() => closed.stop())

const data = await temporaryDirectory({ after })
let last: ClosedServer | undefined
after(() => last?.stop())

/** Starts another server, after the one before it has stopped. */
async function start(settings: Settings = {}, rules: object[] = RULES): Promise<ClosedServer> {
  await last?.stop()
  last = await startClosedServer({ users: ['alice'], rules, settings: { data, ...settings } })
  return last
}

const { server } = closed
const { service } = new ForgedTokens(server.data)
const HERE = `http://127.0.0.1:${server.port}`

async function challenge(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  { server: asked } = closed,
): Promise<unknown> {
  const answer = await asked.send(method, path, { headers })
  assert.equal(answer.status, 401, answer.text)
  return answer.headers['www-authenticate']
}

const asking = (scope: string, realm = HERE) =>
  `Bearer realm="${realm}/token",service="${service}",scope="${scope}"`

describe('a Bearer challenge', () => {
  it('has exactly the token endpoint and the service', async () => {
    assert.equal(
      await challenge('GET', '/v2/'),
      `Bearer realm="${HERE}/token",service="${service}"`,
    )
    assert.equal(await challenge('GET', '/v2'), `Bearer realm="${HERE}/token",service="${service}"`)
  })

  it('has the scopes that the request needs', async () => {
    const digest = `sha256:${'0'.repeat(64)}`
    const needs: readonly [method: string, path: string, scope: string][] = [
      ['GET', '/v2/a/b/manifests/v1', 'repository:a/b:pull'],
      ['HEAD', '/v2/a/b/manifests/v1', 'repository:a/b:pull'],
      ['GET', `/v2/a/b/blobs/${digest}`, 'repository:a/b:pull'],
      ['GET', '/v2/a/b/tags/list', 'repository:a/b:pull'],
      ['GET', `/v2/a/b/referrers/${digest}`, 'repository:a/b:pull'],
      ['GET', '/v2/a/b/_oci/ext/discover', 'repository:a/b:pull'],
      ['POST', '/v2/a/b/blobs/uploads/', 'repository:a/b:pull,push'],
      ['PUT', '/v2/a/b/manifests/v1', 'repository:a/b:pull,push'],
      ['PATCH', '/v2/a/b/blobs/uploads/x', 'repository:a/b:pull,push'],
      ['PUT', '/v2/a/b/blobs/uploads/x', 'repository:a/b:pull,push'],
      ['GET', '/v2/a/b/blobs/uploads/x', 'repository:a/b:pull,push'],
      ['DELETE', '/v2/a/b/blobs/uploads/x', 'repository:a/b:pull,push'],
      ['DELETE', '/v2/a/b/manifests/v1', 'repository:a/b:delete'],
      ['DELETE', `/v2/a/b/blobs/${digest}`, 'repository:a/b:delete'],
      ['POST', '/v2/public/a/blobs/uploads/', 'repository:public/a:pull,push'],
      ['GET', '/v2/_wasmoor/tokens', 'registry:wasmoor:*'],
    ]
    for (const [method, path, scope] of needs)
      assert.equal(await challenge(method, path), asking(scope), `${method} ${path}`)
  })

  it('has the error of an invalid token or scope', async () => {
    const narrow = { Authorization: await bearer(server, basic('alice'), 'repository:a:pull') }
    const wide = `${asking('repository:a:pull,push')},error="insufficient_scope"`
    assert.equal(await challenge('POST', '/v2/a/blobs/uploads/', narrow), wide)
    const bad = `Bearer realm="${HERE}/token",service="${service}",error="invalid_token"`
    assert.equal(await challenge('GET', '/v2/a/tags/list', { Authorization: 'Bearer x' }), bad)
    const catalog = `${asking('registry:catalog:*')},error="insufficient_scope"`
    assert.equal(await challenge('GET', '/v2/_catalog', narrow), catalog)
  })

  it('is the same for a wrong password and an unknown user', async () => {
    for (const user of ['alice', 'nobody']) {
      const headers = { Authorization: basic(user, 'wrong') }
      const expected = `Bearer realm="${HERE}/token",service="${service}"`
      assert.equal(await challenge('GET', '/v2/a/tags/list', headers), expected)
    }
  })

  it('sends clients to the host that they requested', async () => {
    for (const Host of ['registry.example', 'registry.example:5000', '[::1]:5000', 'localhost:80'])
      assert.equal(
        await challenge('GET', '/v2/a/tags/list', { Host }),
        asking('repository:a:pull', `http://${Host}`),
      )
  })

  it('ignores an invalid Host', async () => {
    for (const Host of ['a"b', 'user@a', 'a/b', 'a b', 'evil.example/token?"']) {
      const answer = await server.get('/v2/', { Host })
      assert.equal(answer.status, 400)
      assert.equal(answer.headers['www-authenticate'], undefined)
    }
  })

  it('uses the X-Forwarded headers of trusted proxies only', async () => {
    const forwarded = {
      Host: 'registry.example',
      'X-Forwarded-Host': 'public.example',
      'X-Forwarded-Proto': 'https',
    }
    const scope = 'repository:a:pull'
    const ignored = asking(scope, 'http://registry.example')
    assert.equal(await challenge('GET', '/v2/a/tags/list', forwarded), ignored)
    assert.equal(await challenge('GET', '/v2/a/tags/list', forwarded), ignored)
    const warnings = server.log.lines.filter(({ message }) => message.includes('X-Forwarded-Proto'))
    assert.equal(warnings.length, 1)
    assert.match(warnings[0]!.message, /trustedProxies/)

    const trusting = await start({ trustedProxies: '[127.0.0.0/8]' })
    const realm = /realm="([^"]*)"/.exec(
      String(await challenge('GET', '/v2/a/tags/list', forwarded, trusting)),
    )
    assert.equal(realm?.[1], 'https://public.example/token')
    assert.ok(!trusting.server.log.lines.some(({ message }) => /X-Forwarded/.test(message)))
  })

  it('has publicUrl if that is set', async () => {
    for (const publicUrl of ['https://registry.example:8443', 'https://registry.example:8443/']) {
      const other = await start({ publicUrl })
      const text = await challenge('GET', '/v2/', { Host: 'elsewhere.example' }, other)
      assert.match(String(text), /^Bearer realm="https:\/\/registry\.example:8443\/token",service=/)
    }
  })

  it('keeps its service name for a data directory, without the words "basic" and "bearer"', async () => {
    const services: unknown[] = []
    for (let times = 0; times < 2; times++) {
      const again = await start()
      services.push(
        /service="([^"]+)"/.exec(String(await challenge('GET', '/v2/', {}, again)))?.[1],
      )
    }
    assert.equal(services[0], services[1])
    assert.match(String(services[0]), /^wasmoor-[0-9a-f-]{36}$/)
    assert.doesNotMatch(service, /basic|bearer/i)
    assert.notEqual(services[0], service)
  })
})

describe('a Basic challenge', () => {
  it('has an unquoted realm and nothing else on every route', async () => {
    const plain = await start({ 'auth.challenge': 'basic' })
    const ask = (method: string, path: string, headers = {}) =>
      challenge(method, path, headers, plain)
    for (const path of ['/v2/', '/v2/a/tags/list', '/v2/_oci/ext/discover', '/v2/_wasmoor/tokens'])
      assert.equal(await ask('GET', path), 'Basic realm=wasmoor')
    assert.equal(await ask('POST', '/v2/a/blobs/uploads/'), 'Basic realm=wasmoor')
    const wrong = { Authorization: basic('alice', 'wrong') }
    assert.equal(await ask('GET', '/v2/a/tags/list', wrong), 'Basic realm=wasmoor')
  })

  it('does not exclude bearer tokens', async () => {
    const plain = await start({ 'auth.challenge': 'basic' })
    const headers = { Authorization: await bearer(plain.server, basic('alice')) }
    assert.equal((await plain.server.get('/v2/', headers)).status, 200)
  })
})

describe('the ping', () => {
  for (const kind of ['bearer', 'basic'])
    it(`asks for credentials even with anonymous pull (challenge ${kind})`, async () => {
      const open = await start({ 'auth.challenge': kind }, [
        { repositories: ['**'], grants: [{ anonymous: true, actions: ['pull', 'push'] }] },
      ])
      assert.match(String(await challenge('GET', '/v2/', {}, open)), new RegExp(`^${kind}`, 'i'))
      assert.equal((await open.server.get('/v2/a/tags/list')).status, 404)
      const anybody = { Authorization: await bearer(open.server, undefined) }
      assert.equal((await open.server.get('/v2/', anybody)).status, 200)
      const alice = { Authorization: basic('alice') }
      assert.equal((await open.server.get('/v2/', alice)).status, 200)
    })
})

describe('the start of a closed registry', () => {
  const ISTIO = /^Istio does not fetch tokens/
  const DOCKER = /docker cannot push/

  const warnings = ({ server: { log } }: ClosedServer, reason: RegExp) =>
    log.lines.filter(({ level, message }) => level === 'warn' && reason.test(message)).length

  it('warns that Istio rejects a private realm', async () => {
    assert.equal(warnings(closed, ISTIO), 1)
    const line = server.log.lines.find(({ message }) => ISTIO.test(message))
    assert.match(line!.message, /set publicUrl to a DNS name, or auth\.challenge to basic/)
    const refused = ['https://10.0.0.5', 'http://172.18.0.2:5000', 'http://localhost:5001']
    for (const publicUrl of [...refused, 'https://[fd00::1]', 'https://192.168.1.1'])
      assert.equal(warnings(await start({ publicUrl }), ISTIO), 1, publicUrl)
  })

  it('does not warn if Istio accepts the realm', async () => {
    const accepted = ['https://registry.example', 'http://reg.ns.svc.cluster.local:5000']
    for (const publicUrl of [...accepted, 'https://203.0.113.1', 'https://172.32.0.1'])
      assert.equal(warnings(await start({ publicUrl }), ISTIO), 0, publicUrl)
    assert.equal(warnings(await start({ 'auth.challenge': 'basic' }), ISTIO), 0)
  })

  it('warns that docker cannot push with the challenge basic and anonymous pull', async () => {
    assert.equal(warnings(await start({ 'auth.challenge': 'basic' }), DOCKER), 1)
    assert.equal(warnings(closed, DOCKER), 0)
    assert.equal(warnings(await start({ 'auth.challenge': 'basic' }, []), DOCKER), 0)
  })
})
