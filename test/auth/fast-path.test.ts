import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { startBothWays } from '../support/both-ways.ts'
import {
  accessToken,
  basic,
  bearer,
  type ClosedServer,
  htpasswdOf,
  revoke,
} from '../support/closed-server.ts'
import { digest } from '../support/manifest-texts.ts'
import type { Answer, Requests } from '../support/requests.ts'
import {
  ACCOUNTS,
  PULLERS,
  type RouteCaller,
  routeCallers,
  RULES,
} from '../support/route-callers.ts'
import { Owner } from '../support/route-requests.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const directory = await temporaryDirectory({ after })
const [htpasswd, docker, data] = ['users', 'config.json', 'data'].map((name) =>
  join(directory, name),
) as [string, string, string]
await writeFile(htpasswd, htpasswdOf(ACCOUNTS))
await writeFile(docker, JSON.stringify(PULLERS))
const both = await startBothWays(data, {
  'auth.htpasswd': htpasswd,
  'auth.dockerconfigjson': docker,
  'auth.hosts': '[registry.example]',
  'auth.tokens': 'true',
  'auth.rules': JSON.stringify([
    {
      repositories: ['public'],
      grants: [
        { anonymous: true, actions: ['pull'] },
        { users: ['all'], actions: ['push'] },
      ],
    },
    ...RULES,
  ]),
})
after(() => both.stop())

const admin = basic('x', (await readFile(join(data, 'admin.key'), 'utf8')).trim())
/** The part of a server that is needed to create callers for it. */
const closed = { server: Object.assign(both.koa, { data }), admin } as unknown as ClosedServer
const owner = new Owner(both.koa, basic('all'), admin)
const callers = await routeCallers(closed)

const PATHS: string[] = []
for (const repository of ['team/app', 'public']) {
  const id = await owner.manifest('v1', undefined, repository)
  for (const rest of ['manifests/v1', `manifests/${id}`, `blobs/${digest('layer')}`])
    PATHS.push(`/v2/${repository}/${rest}`)
  PATHS.push(`/v2/${repository}/manifests/missing`)
}
for (const path of PATHS) await owner.send('GET', path)

let requests = 0

/** An answer and its log line, without times and durations. */
async function ask(server: Requests, method: string, path: string, headers: object) {
  const requestId = `compared-${requests++}`
  const all = { Host: 'registry.example', 'X-Request-Id': requestId, ...headers }
  const answer = await server.send(method, path, { headers: all })
  const { date: _date, 'x-request-id': _id, ...compared } = answer.headers
  const line = { ...(await both.log.accessLine(requestId)), requestId: '', milliseconds: 0 }
  return { answer, seen: { status: answer.status, headers: compared, text: answer.text, line } }
}

/**
 * Asserts that both ways answer the same. Returns the answer, and whether it came from the fast
 * path.
 */
async function same(
  method: string,
  path: string,
  headers: object,
  name: string,
): Promise<{ answer: Answer; isFast: boolean }> {
  const before = both.passedOn
  const fast = await ask(both.fast, method, path, headers)
  const isFast = both.passedOn === before
  const koa = await ask(both.koa, method, path, headers)
  assert.deepEqual(fast.seen, koa.seen, `${method} ${path}: ${name}`)
  return { answer: fast.answer, isFast }
}

const headersOf = ({ authorization }: RouteCaller) =>
  authorization === undefined ? {} : { Authorization: authorization }

/** Both ways slow down clients that guess passwords. */
const guesses = ({ kind, password }: RouteCaller) => kind === 'refused' && password !== undefined

const MAY_PULL = new Set(['pull', 'all', 'key'])

describe('the fast path, for every kind of caller', () => {
  it('answers like Koa alone', async () => {
    for (const caller of callers)
      for (const path of guesses(caller) ? PATHS.slice(0, 1) : PATHS)
        for (const method of guesses(caller) ? ['GET'] : ['GET', 'HEAD']) {
          const { answer } = await same(method, path, headersOf(caller), caller.name)
          if (path === PATHS[0])
            assert.equal(answer.status === 200, MAY_PULL.has(caller.kind), caller.name)
        }
  })

  it('answers conditional requests like Koa alone', async () => {
    const conditional = { 'If-None-Match': '*' }
    for (const caller of callers.filter((each) => !guesses(each)))
      await same('GET', PATHS[0]!, { ...headersOf(caller), ...conditional }, caller.name)
  })

  it('answers callers in the cache, and callers who need no credentials', async () => {
    const nobody = await same('GET', '/v2/public/manifests/v1', {}, 'nobody')
    assert.deepEqual([nobody.answer.status, nobody.isFast], [200, true])
    const known = callers.filter(({ kind, name }) => MAY_PULL.has(kind) && name !== 'admin key')
    assert.ok(known.length >= 8)
    for (const caller of known) {
      const { isFast } = await same('GET', PATHS[0]!, headersOf(caller), caller.name)
      assert.equal(isFast, true, caller.name)
    }
  })

  it('leaves unknown and unauthorized callers to Koa', async () => {
    for (const caller of callers.filter((each) => !guesses(each) && !MAY_PULL.has(each.kind))) {
      const { isFast, answer } = await same('GET', PATHS[0]!, headersOf(caller), caller.name)
      assert.equal(isFast, false, caller.name)
      assert.notEqual(answer.status, 200)
    }
  })

  it('rejects a revoked access token at once', async () => {
    const request = { owner: 'robot', repositories: ['**'], actions: ['pull'] }
    const { id, secret } = await accessToken(closed, request)
    const session = await bearer(both.koa, basic('x', secret), 'repository:team/app:pull')
    for (const Authorization of [basic('x', secret), session]) {
      await same('GET', PATHS[0]!, { Authorization }, 'before')
      const { answer, isFast } = await same('GET', PATHS[0]!, { Authorization }, 'again')
      assert.deepEqual([answer.status, isFast], [200, true])
    }
    await revoke(closed, id)
    for (const Authorization of [basic('x', secret), session]) {
      const { answer } = await same('GET', PATHS[0]!, { Authorization }, 'after')
      assert.equal(answer.status, 401)
    }
  })

  it('rejects a changed password at once', async () => {
    const session = await bearer(both.koa, basic('pull'), 'repository:team/app:pull')
    for (const Authorization of [basic('pull'), session])
      assert.equal((await same('GET', PATHS[0]!, { Authorization }, 'before')).answer.status, 200)
    const before = both.log.lines.length
    const keep = (user: string) => (user === 'pull' ? 'changed' : `${user}:p@ss:word`)
    await writeFile(htpasswd, htpasswdOf(ACCOUNTS, keep))
    await both.log.line(({ message }) => message === 'reloaded accounts', before)
    for (const Authorization of [basic('pull'), session])
      assert.equal((await same('GET', PATHS[0]!, { Authorization }, 'after')).answer.status, 401)
  })
})
