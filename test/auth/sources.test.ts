import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { ConfigError } from '../../src/config/problems.ts'
import { loadConfig } from '../../src/config/load.ts'
import { adminOf, basic, bearer, htpasswdOf, passwordOf } from '../support/closed-server.ts'
import { expect } from '../support/expected-answers.ts'
import { Owner } from '../support/route-requests.ts'
import { type Settings, testConfig, type TestServer } from '../support/server.ts'
import { SuccessiveServers } from '../support/successive-servers.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const HOST = 'registry.example:5000'

const pullers = (...users: string[]) =>
  JSON.stringify({
    auths: Object.fromEntries(
      users.map((user, at) => [
        at === 0 ? HOST : `${HOST}/part-${at}`,
        { username: user, password: passwordOf(user) },
      ]),
    ),
  })

/** Settings with files that contain these texts. */
async function files(
  test: TestContext,
  texts: Readonly<Record<string, string>>,
): Promise<Settings> {
  const directory = await temporaryDirectory(test)
  const settings: Record<string, string> = {}
  for (const [key, text] of Object.entries(texts)) {
    settings[key] = join(directory, key)
    await writeFile(settings[key], text)
  }
  return settings
}

const HTPASSWD = 'auth.htpasswd'
const PULLERS = 'auth.dockerconfigjson'
const HERE = { 'auth.hosts': `[${HOST}]` }

const servers = await SuccessiveServers.open({ after })
const start = (settings: Settings = {}) => servers.start(settings)

async function refused(settings: Settings, reason: RegExp): Promise<void> {
  await assert.rejects(start(settings), (error: Error) => {
    assert.match(error.message, reason)
    assert.doesNotMatch(error.message, /p@ss|S3CR3T/)
    return true
  })
}

async function status(server: TestServer, authorization?: string, path = '/v2/'): Promise<number> {
  const headers = authorization === undefined ? {} : { Authorization: authorization }
  return (await server.get(path, headers)).status
}

describe('a source of accounts', () => {
  it('is rejected if auth.hosts has a path', async (test) => {
    const settings = await files(test, { [PULLERS]: pullers('robot') })
    await refused(
      { ...settings, 'auth.hosts': '[https://registry.example/team]' },
      /auth\.hosts: .*path/,
    )
  })

  it('stops the start if it cannot be read, naming the file and the reason', async (test) => {
    const directory = await temporaryDirectory(test)
    const missing = join(directory, 'missing')
    await refused({ [HTPASSWD]: missing }, /^auth\.htpasswd: .*missing: ENOENT/)
    await refused({ [PULLERS]: missing, ...HERE }, /^auth\.dockerconfigjson: .*missing: ENOENT/)
    await refused({ [HTPASSWD]: directory }, /^auth\.htpasswd: .*EISDIR/)
    const dangling = await files(test, { [HTPASSWD]: 'x' })
    await chmod(dangling[HTPASSWD]!, 0)
    if (process.getuid?.() !== 0) await refused(dangling, /^auth\.htpasswd: .*EACCES/)
  })

  it('stops the start if it is invalid, naming the place', async (test) => {
    const broken: readonly [key: string, text: string, reason: RegExp][] = [
      [
        HTPASSWD,
        'alice:S3CR3T',
        /^auth\.htpasswd: .*line 1, user alice: .*plain text.*htpasswd -B/,
      ],
      [HTPASSWD, 'alice:$apr1$S3CR3T$x', /MD5 \(apr1\)/],
      [HTPASSWD, 'S3CR3T', /line 1 is not user:hash/],
      [PULLERS, '', /^auth\.dockerconfigjson: .*it is not JSON/],
      [PULLERS, '{"auths": "S3CR3T', /it is not JSON/],
      [
        PULLERS,
        `{"auths": {"${HOST}": {"auth": "S3CR3T"}}}`,
        /auth is not base64 of user:password/,
      ],
      [PULLERS, `{"auths": {"${HOST}": "S3CR3T"}}`, /is not a JSON object/],
    ]
    for (const [key, text, reason] of broken)
      await refused({ ...(await files(test, { [key]: text })), ...HERE }, reason)
  })

  it('stops the start if it is too large, before it fills the memory', async (test) => {
    const settings = await files(test, { [HTPASSWD]: '' })
    await refused({ [HTPASSWD]: '/dev/zero' }, /^auth\.htpasswd: \/dev\/zero: it has more than/)
    await writeFile(settings[HTPASSWD]!, Buffer.alloc(17 * 1024 * 1024, '#'))
    await refused(settings, /it has more than \d+ bytes/)
  })

  it('gives nobody access if it is empty, and never opens the registry', async (test) => {
    const empty: readonly Readonly<Record<string, string>>[] = [
      { [HTPASSWD]: '' },
      { [HTPASSWD]: '# nobody yet\n' },
      { [PULLERS]: '{}' },
      { [PULLERS]: '{"auths": {}}' },
      { [PULLERS]: pullers('docker').replaceAll(HOST, 'elsewhere.example') },
      { [HTPASSWD]: '', [PULLERS]: '{}' },
    ]
    for (const texts of empty) {
      const server = await start({ ...(await files(test, texts)), ...HERE })
      for (const path of ['/v2/', '/v2/a/tags/list', '/v2/_catalog'])
        for (const authorization of [undefined, basic('alice'), basic('docker'), basic('', '')])
          assert.equal(await status(server, authorization, path), 401)
      expect(await server.post('/v2/a/blobs/uploads/'), 401)
    }
  })

  it('can be access tokens alone, without any password', async () => {
    const server = await start({ 'auth.tokens': 'true' })
    for (const authorization of [undefined, basic('alice'), basic('alice', '')])
      assert.equal(await status(server, authorization), 401)
  })

  it('can be combined with the others in any way', async (test) => {
    const both = await files(test, {
      [HTPASSWD]: htpasswdOf(['alice']),
      [PULLERS]: pullers('docker'),
    })
    const server = await start({ ...both, ...HERE, 'auth.tokens': 'true' })
    for (const user of ['alice', 'docker']) assert.equal(await status(server, basic(user)), 200)
    assert.equal(await status(server, basic('alice', passwordOf('docker'))), 401)
  })

  it('leaves the registry open only if there is none at all', async () => {
    const server = await start({})
    assert.equal(await status(server), 200)
    assert.equal(await status(server, basic('any', 'thing')), 200)
    assert.equal(await status(server, 'Bearer x'), 200)
    expect(await server.post('/v2/a/blobs/uploads/'), 202)
  })
})

describe('the start of a registry with accounts', () => {
  it('fails if a user is in two sources', async (test) => {
    const twice = await files(test, {
      [HTPASSWD]: htpasswdOf(['alice', 'bob']),
      [PULLERS]: pullers('docker', 'bob'),
    })
    const reason = /the user bob is in auth\.htpasswd and in auth\.dockerconfigjson/
    await refused({ ...twice, ...HERE }, reason)
    // An entry for another registry is not an account here.
    await start({ ...twice, 'auth.hosts': '[elsewhere.example]' })
  })

  it('fails if a dockerconfigjson is given without the name of this registry', async (test) => {
    const one = await files(test, { [PULLERS]: pullers('docker') })
    await refused(one, /auth\.dockerconfigjson needs publicUrl or auth\.hosts/)
    for (const names of [
      HERE,
      { publicUrl: `http://${HOST}` },
      { publicUrl: `https://${HOST}/` },
    ]) {
      const server = await start({ ...one, ...names })
      assert.equal(await status(server, basic('docker')), 200)
    }
  })

  it('fails if there are rules and nobody can log in', async () => {
    const rules = [{ repositories: ['**'], grants: [{ anonymous: true, actions: ['pull'] }] }]
    await refused({ 'auth.rules': JSON.stringify(rules) }, /auth\.rules .* nobody can log in/)
  })

  it('fails if a setting has lost its value', async (test) => {
    const directory = await temporaryDirectory(test)
    for (const key of ['htpasswd', 'dockerconfigjson'])
      for (const written of [`${key}:`, `${key}: ""`, `${key}: # ${directory}`, `{${key}: }`]) {
        const file = join(directory, 'config.yaml')
        await writeFile(
          file,
          written.startsWith('{') ? `auth: ${written}` : `auth:\n  ${written}\n`,
        )
        assert.throws(
          () => loadConfig({ file, environment: {} }),
          (error) => error instanceof ConfigError && error.message.startsWith(`auth.${key}: ""`),
        )
      }
    assert.throws(() => testConfig({ [HTPASSWD]: '' }), /auth\.htpasswd: ""/)
    const environment = { WASMOOR_AUTH_HTPASSWD: '' }
    assert.throws(() => loadConfig({ environment }), /auth\.htpasswd: ""/)
  })
})

describe('a dockerconfigjson as a list of accounts', () => {
  it('lets its users pull, within the path of their entry, and no more', async (test) => {
    const auths = {
      [HOST]: { auth: Buffer.from(`all:${passwordOf('all')}`).toString('base64') },
      [`https://${HOST}/v2/asm`]: { username: 'asm', password: passwordOf('asm') },
    }
    const settings = await files(test, {
      [PULLERS]: JSON.stringify({ auths }),
      [HTPASSWD]: htpasswdOf(['owner']),
    })
    const server = await start({ ...settings, ...HERE })
    const owner = new Owner(server, basic('owner'), await adminOf(server))
    for (const name of ['asm/a', 'asm', 'asmx/a']) await owner.manifest('v1', undefined, name)
    const pulled = async (user: string) => {
      const statuses = ['asm/a', 'asm', 'asmx/a'].map(async (name) => {
        const path = `/v2/${name}/manifests/v1`
        const first = await status(server, basic(user), path)
        const token = await bearer(server, basic(user), `repository:${name}:pull`)
        assert.equal(await status(server, token, path), first)
        return first
      })
      return Promise.all(statuses)
    }
    assert.deepEqual(await pulled('all'), [200, 200, 200])
    assert.deepEqual(await pulled('asm'), [200, 200, 403])
    for (const user of ['all', 'asm']) {
      const headers = { Authorization: basic(user) }
      expect(await server.post('/v2/asm/a/blobs/uploads/', { headers }), 403)
      expect(await server.delete('/v2/asm/a/manifests/v1', headers), 403)
    }
  })

  it('gets more rights by a rule, but never outside the path of its entry', async (test) => {
    const auths = { [`${HOST}/asm`]: { username: 'asm', password: passwordOf('asm') } }
    const grants = [{ users: ['asm'], actions: ['push', 'admin'] }]
    const settings = {
      ...(await files(test, { [PULLERS]: JSON.stringify({ auths }) })),
      ...HERE,
      'auth.rules': JSON.stringify([{ repositories: ['**'], grants }]),
    }
    const server = await start(settings)
    const headers = { Authorization: basic('asm') }
    expect(await server.post('/v2/asm/a/blobs/uploads/', { headers }), 202)
    expect(await server.get('/v2/asm/unknown/tags/list', headers), 404)
    expect(await server.post('/v2/web/blobs/uploads/', { headers }), 403)
    expect(await server.get('/v2/_wasmoor/tokens', headers), 403)
  })

  it('does not depend on the Host of a request', async (test) => {
    const text = JSON.stringify({
      auths: {
        [HOST]: { username: 'ours', password: passwordOf('ours') },
        'elsewhere.example': { username: 'theirs', password: passwordOf('theirs') },
      },
    })
    const server = await start({ ...(await files(test, { [PULLERS]: text })), ...HERE })
    for (const Host of [HOST, 'elsewhere.example', '127.0.0.1']) {
      const forged = { Host, 'X-Forwarded-Host': 'elsewhere.example' }
      const ask = async (user: string) =>
        (await server.get('/v2/', { ...forged, Authorization: basic(user) })).status
      assert.equal(await ask('ours'), 200)
      assert.equal(await ask('theirs'), 401)
    }
  })

  it('logs at the start which entries are skipped, and if no account is left', async (test) => {
    const auths = { [HOST]: { identitytoken: 'S3CR3T' } }
    const settings = { ...(await files(test, { [PULLERS]: JSON.stringify({ auths }) })), ...HERE }
    const { log } = await start(settings)
    const warnings = log.lines.filter(({ level }) => level === 'warn')
    const passed = warnings.find(({ fields }) => fields['key'] === HOST)
    assert.match(String(passed?.fields['why']), /identitytoken/)
    assert.ok(warnings.some(({ message }) => /has no account for this registry/.test(message)))
    assert.doesNotMatch(JSON.stringify(log.lines), /S3CR3T/)
  })
})
