import assert from 'node:assert/strict'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { adminOf, basic, bearer, htpasswdOf, passwordOf } from '../support/closed-server.ts'
import { expect } from '../support/expected-answers.ts'
import { Owner } from '../support/route-requests.ts'
import { type Settings, startTestServer, type TestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const HOST = 'registry.example'
const READ = 'reloaded accounts'
const KEPT = 'a changed account file is invalid: the accounts stay as they are'

const pullers = (...users: string[]) =>
  JSON.stringify({
    auths: Object.fromEntries(
      users.map((username, at) => [
        `${HOST}${'/'.repeat(at)}`,
        { username, password: passwordOf(username) },
      ]),
    ),
  })

class ServerWithFiles {
  readonly server: TestServer
  readonly #directory: string

  private constructor(server: TestServer, directory: string) {
    this.server = server
    this.#directory = directory
  }

  static async start(test: TestContext, users: string, docker = '{}', settings: Settings = {}) {
    const directory = await temporaryDirectory(test)
    const paths = ['users', 'docker'].map((name) => join(directory, name))
    await writeFile(paths[0]!, users)
    await writeFile(paths[1]!, docker)
    const server = await startTestServer(
      {
        'auth.htpasswd': paths[0]!,
        'auth.dockerconfigjson': paths[1]!,
        'auth.hosts': `[${HOST}]`,
        ...settings,
      },
      test,
    )
    return new ServerWithFiles(server, directory)
  }

  /** Replaces files, and waits until the server has logged a message this many times. */
  async replace(files: Readonly<Record<string, string>>, message = READ, times = 1) {
    const { log } = this.server
    const before = log.lines.length
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.#directory, name)
      await writeFile(`${path}.new`, text)
      await rename(`${path}.new`, path)
    }
    return this.logged(message, before, times)
  }

  async logged(message: string, before: number, times = 1) {
    const { log } = this.server
    const found = () => log.lines.slice(before).filter((line) => line.message === message)
    for (let from = before; found().length < times; from = log.lines.length)
      await log.line((line) => line.message === message, from)
    return found()
  }

  path(name: string): string {
    return join(this.#directory, name)
  }

  async status(Authorization: string): Promise<number> {
    return (await this.server.get('/v2/', { Authorization })).status
  }

  async statuses(...users: string[]): Promise<number[]> {
    return Promise.all(users.map((user) => this.status(basic(user))))
  }
}

describe('a changed account file', { concurrency: true }, () => {
  it('adds and removes accounts at once, even cached ones', async (test) => {
    const changing = await ServerWithFiles.start(
      test,
      htpasswdOf(['alice', 'bob']),
      pullers('docker'),
    )
    const { server } = changing
    const tokens = await Promise.all(
      ['alice', 'bob', 'docker'].map((user) => bearer(server, basic(user))),
    )
    const by = () => Promise.all(tokens.map((token) => changing.status(token)))
    assert.deepEqual(await by(), [200, 200, 200])
    assert.deepEqual(await changing.statuses('alice', 'bob', 'docker'), [200, 200, 200])
    const bobs = htpasswdOf(['bob', 'carol'])
    await changing.replace({ users: bobs, docker: pullers('other') }, READ, 2)
    assert.deepEqual(
      await changing.statuses('alice', 'docker', 'bob', 'carol', 'other'),
      [401, 401, 200, 200, 200],
    )
    const [alices, , dockers] = await by()
    assert.deepEqual([alices, dockers], [401, 401])
  })

  it('invalidates a changed password and the bearer tokens issued for it', async (test) => {
    const changing = await ServerWithFiles.start(test, htpasswdOf(['alice']), pullers('docker'))
    const { server } = changing
    const tokens = await Promise.all(['alice', 'docker'].map((user) => bearer(server, basic(user))))
    assert.deepEqual(await changing.statuses('alice', 'docker'), [200, 200])
    const docker = pullers('docker').replaceAll(passwordOf('docker'), 'another')
    const users = htpasswdOf(['alice'], () => 'another')
    await changing.replace({ users, docker }, READ, 2)
    assert.deepEqual(await changing.statuses('alice', 'docker'), [401, 401])
    for (const token of tokens) assert.equal(await changing.status(token), 401)
    for (const user of ['alice', 'docker'])
      assert.equal(await changing.status(basic(user, 'another')), 200)
  })

  it('keeps unchanged accounts and their tokens valid', async (test) => {
    const alice = htpasswdOf(['alice'])
    const changing = await ServerWithFiles.start(test, alice, pullers('docker'))
    const tokens = await Promise.all(
      ['alice', 'docker'].map((user) => bearer(changing.server, basic(user))),
    )
    const docker = pullers('docker', 'other')
    await changing.replace({ users: `${htpasswdOf(['bob'])}\n# more\n${alice}`, docker }, READ, 2)
    for (const token of tokens) assert.equal(await changing.status(token), 200)
  })

  it('can become empty, and then nobody has access', async (test) => {
    const changing = await ServerWithFiles.start(test, htpasswdOf(['alice']), pullers('docker'))
    await changing.replace({ users: '', docker: '{"auths":{}}' }, READ, 2)
    assert.deepEqual(await changing.statuses('alice', 'docker', ''), [401, 401, 401])
    expect(await changing.server.get('/v2/'), 401)
  })

  it('has no effect while it is invalid, which is logged', async (test) => {
    const changing = await ServerWithFiles.start(test, htpasswdOf(['alice']), pullers('docker'))
    const secrets = ['S3CR3T', passwordOf('docker')]
    const broken: readonly [files: Readonly<Record<string, string>>, reason: RegExp][] = [
      [{ users: 'alice:S3CR3T\n' }, /auth\.htpasswd: .*users: line 1, user alice/],
      [
        { docker: pullers('docker').slice(0, -3) },
        /auth\.dockerconfigjson: .*docker: it is not JSON/,
      ],
      [{ docker: '' }, /it is not JSON/],
      [{ docker: pullers('alice') }, /the user alice is in auth\.htpasswd and in/],
    ]
    for (const [files, reason] of broken) {
      const [line] = await changing.replace(files, KEPT)
      assert.equal(line?.level, 'error')
      assert.match(String(line.fields['reason']), reason)
      for (const secret of secrets) assert.ok(!JSON.stringify(line).includes(secret))
      assert.deepEqual(await changing.statuses('alice', 'docker'), [200, 200])
    }
    await changing.replace({ users: htpasswdOf(['bob']), docker: pullers('other') }, READ, 2)
    assert.deepEqual(await changing.statuses('bob', 'other'), [200, 200])
  })

  it('has no effect while it is missing', async (test) => {
    const changing = await ServerWithFiles.start(test, htpasswdOf(['alice']))
    const before = changing.server.log.lines.length
    await rm(changing.path('users'))
    const [line] = await changing.logged(KEPT, before)
    assert.match(String(line?.fields['reason']), /users: ENOENT/)
    assert.deepEqual(await changing.statuses('alice'), [200])
    await changing.replace({ users: htpasswdOf(['bob']) })
    assert.deepEqual(await changing.statuses('bob'), [200])
    assert.equal(await changing.status(basic('alice')), 401)
  })

  it('can be written in place, a piece at a time', async (test) => {
    const changing = await ServerWithFiles.start(test, htpasswdOf(['alice']))
    const before = changing.server.log.lines.length
    await writeFile(changing.path('users'), '')
    await writeFile(changing.path('users'), htpasswdOf(['alice', 'bob']))
    await changing.logged(READ, before)
    assert.deepEqual(await changing.statuses('alice', 'bob'), [200, 200])
  })
})

describe('a user who moves from one file to the other', { concurrency: true }, () => {
  const steps = {
    'the new place first': ['docker', 'users'],
    'the old place first': ['users', 'docker'],
  } as const

  for (const [name, order] of Object.entries(steps))
    it(`has access afterwards: ${name}`, async (test) => {
      const changing = await ServerWithFiles.start(
        test,
        htpasswdOf(['alice', 'bob']),
        pullers('docker'),
      )
      const after = { users: htpasswdOf(['alice']), docker: pullers('docker', 'bob') }
      for (const file of order) {
        const refused = file === 'docker' && order[0] === 'docker'
        await changing.replace({ [file]: after[file] }, refused ? KEPT : READ)
        assert.deepEqual(await changing.statuses('alice', 'docker'), [200, 200])
      }
      assert.deepEqual(await changing.statuses('alice', 'docker', 'bob'), [200, 200, 200])
    })

  it('can change places with another user', async (test) => {
    const changing = await ServerWithFiles.start(test, htpasswdOf(['alice']), pullers('bob'))
    await changing.replace({ users: htpasswdOf(['bob']) }, KEPT)
    assert.deepEqual(await changing.statuses('alice', 'bob'), [200, 200])
    await changing.replace({ docker: pullers('alice') })
    assert.deepEqual(await changing.statuses('alice', 'bob'), [200, 200])
    // Each user is in its new file now, and can be removed there.
    await changing.replace({ docker: '{}' })
    assert.deepEqual(await changing.statuses('alice', 'bob'), [401, 200])
  })

  it('is not restored from an earlier, conflicting file', async (test) => {
    const changing = await ServerWithFiles.start(test, htpasswdOf(['alice']), pullers('docker'))
    await changing.replace({ docker: pullers('docker', 'alice', 'mallory') }, KEPT)
    await changing.replace({ docker: 'no longer JSON' }, KEPT)
    await changing.replace({ users: htpasswdOf(['bob']) })
    assert.deepEqual(
      await changing.statuses('bob', 'docker', 'alice', 'mallory'),
      [200, 200, 401, 401],
    )
  })
})

describe('stricter access rules', () => {
  it('apply at once to tokens that were issued before', async (test) => {
    const data = await temporaryDirectory(test)
    const rules = (...actions: string[]) =>
      JSON.stringify([{ repositories: ['**'], grants: [{ users: ['alice'], actions }] }])
    const users = htpasswdOf(['alice'])
    const start = async (...actions: string[]) => {
      const settings = { data, 'auth.rules': rules(...actions) }
      return (await ServerWithFiles.start(test, users, '{}', settings)).server
    }
    const first = await start('pull', 'push', 'delete')
    const owner = new Owner(first, basic('alice'), await adminOf(first))
    await owner.manifest('v1', undefined, 'a')
    const upload = await owner.upload('a')
    const Authorization = await bearer(first, basic('alice'), 'repository:a:pull,push,delete')
    await first.stop()
    const second = await start('pull')
    expect(await second.get('/v2/a/manifests/v1', { Authorization }), 200)
    expect(await second.post('/v2/a/blobs/uploads/', { headers: { Authorization } }), 403)
    expect(await second.patch(upload, { headers: { Authorization }, body: 'x' }), 403)
    expect(await second.delete('/v2/a/manifests/v1', { Authorization }), 403)
    await second.stop()
    const third = await start('push')
    expect(await third.get('/v2/a/manifests/v1', { Authorization }), 403)
  })
})
