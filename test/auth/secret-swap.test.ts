import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { adminOf, basic, bearer, htpasswdOf, passwordOf } from '../support/closed-server.ts'
import { MountedSecret } from '../support/mounted-secret.ts'
import { Owner } from '../support/route-requests.ts'
import { startTestServer } from '../support/server.ts'

const HOST = 'registry.example'

/**
 * "kept" has a constant hash, "salted" a new salt each time, as template engines do it; "guest"
 * comes and goes.
 */
const kept = htpasswdOf(['kept'])

function contents(guests: readonly string[]) {
  const docker = ['docker', ...guests.map((guest) => `docker-${guest}`)]
  const auths = Object.fromEntries(
    docker.map((username, at) => [
      at === 0 ? HOST : `https://${HOST}/v2/`,
      { username, password: passwordOf(username) },
    ]),
  )
  return {
    htpasswd: htpasswdOf(['salted', ...guests]) + kept,
    '.dockerconfigjson': JSON.stringify({ auths }),
  }
}

const secret = await MountedSecret.mount(contents([]))
const server = await startTestServer({
  'auth.htpasswd': secret.file('htpasswd'),
  'auth.dockerconfigjson': secret.file('.dockerconfigjson'),
  'auth.hosts': `[${HOST}]`,
  trustedProxies: '[127.0.0.1]',
})
after(async () => {
  await server.stop()
  await secret.remove()
})

const owner = new Owner(server, basic('kept'), await adminOf(server))
await owner.manifest('v1', undefined, 'a')
const MANIFEST = '/v2/a/manifests/v1'

let addresses = 0
/** A new address each time, so that its password is not cached. */
const elsewhere = () => ({
  'X-Forwarded-For': `10.${[addresses >> 16, addresses >> 8, addresses++].map((part) => part & 255).join('.')}`,
})

/** Requests that are valid before and after every change. */
const kinds: Readonly<Record<string, () => Promise<number>>> = {
  'password, known': async () => status(MANIFEST, basic('kept')),
  'password, from elsewhere': async () => status(MANIFEST, basic('kept'), elsewhere()),
  'password, salted anew': async () => status(MANIFEST, basic('salted')),
  'password, salted anew, from elsewhere': async () =>
    status(MANIFEST, basic('salted'), elsewhere()),
  'puller, by password': async () => status(MANIFEST, basic('docker')),
  'puller, from elsewhere': async () => status('/v2/', basic('docker'), elsewhere()),
  'token request': async () => status('/token', basic('salted'), elsewhere()),
  upload: async () => {
    const headers = { Authorization: basic('kept') }
    const { status: answered } = await server.post('/v2/a/blobs/uploads/', { headers })
    return answered === 202 ? 200 : answered
  },
}

async function status(path: string, Authorization: string, more = {}): Promise<number> {
  return (await server.get(path, { Authorization, ...more })).status
}

/** Resolves when both files have been reloaded. */
async function seen(before: number, message: string): Promise<void> {
  const lines = () => server.log.lines.slice(before).filter((line) => line.message === message)
  for (let from = before; lines().length < 2; from = server.log.lines.length)
    await server.log.line((line) => line.message === message, from)
}

describe('a mounted Secret that changes under load', () => {
  it('fails no request that is valid before and after, and adds and removes guests', async () => {
    for (const account of ['kept', 'docker']) {
      const token = await bearer(server, basic(account), 'repository:a:pull')
      Object.assign(kinds, { [`token of ${account}`]: () => status(MANIFEST, token) })
    }
    const load = { running: true }
    const done: Record<string, Record<number, number>> = {}
    const clients = Object.entries(kinds).map(async ([kind, ask]) => {
      const counts: Record<number, number> = (done[kind] = {})
      while (load.running) {
        const answered = await ask()
        counts[answered] = (counts[answered] ?? 0) + 1
      }
    })
    const guests = () =>
      Promise.all(['guest', 'docker-guest'].map((name) => status('/v2/', basic(name))))
    try {
      for (const [who, expected] of [
        [['guest'], 200],
        [[], 401],
        [['guest'], 200],
      ] as const) {
        const before = server.log.lines.length
        await secret.update(contents(who))
        await seen(before, 'reloaded accounts')
        assert.deepEqual(await guests(), [expected, expected])
      }
      const before = server.log.lines.length
      await secret.update({ htpasswd: 'kept:plain', '.dockerconfigjson': '{"auths":' })
      const broken = 'a changed account file is invalid: the accounts stay as they are'
      await seen(before, broken)
      assert.deepEqual(await guests(), [200, 200])
    } finally {
      load.running = false
      await Promise.all(clients)
    }
    for (const [kind, counts] of Object.entries(done))
      assert.deepEqual(Object.keys(counts), ['200'], `${kind}: ${JSON.stringify(counts)}`)
    assert.equal(Object.keys(done).length, 10)
  })
})
