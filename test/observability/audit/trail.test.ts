import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { AuditTrail } from '../../../src/observability/audit/trail.ts'
import { RegistryError } from '../../../src/oci/errors.ts'
import {
  accessToken,
  basic,
  bearer,
  passwordOf,
  revoke,
  startClosedServer,
} from '../../support/closed-server.ts'
import { digest, image, IMAGE } from '../../support/manifest-texts.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

type Line = Readonly<Record<string, unknown>>

const output = join(await temporaryDirectory({ after }), 'audit.log')
const closed = await startClosedServer({
  users: ['alice', 'bob'],
  rules: [
    {
      repositories: ['**'],
      grants: [
        { users: ['alice'], actions: ['pull', 'push', 'delete'] },
        { users: ['bob'], actions: ['pull'] },
      ],
    },
  ],
  settings: {
    'audit.output': output,
    'auth.tokens': 'true',
    trustedProxies: '[127.0.0.1]',
    'tags.immutable': '[{repositories: ["**"], tags: ["release-*"]}]',
  },
})
after(() => closed.stop())
const { server } = closed

let asked = 0
interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends a request and gives the lines that are written for it once it is over. */
async function audited(method: string, path: string, user?: string, more: Asked = {}) {
  const requestId = `audited-${++asked}`
  const headers = {
    'X-Request-Id': requestId,
    'User-Agent': 'test/1.0',
    ...(user !== undefined && { Authorization: basic(user) }),
    ...more.headers,
  }
  const body = more.body === undefined ? {} : { body: more.body }
  const answer = await server.send(method, path, { headers, ...body })
  await server.log.accessLine(requestId)
  return { answer, lines: await linesOf(requestId) }
}

/**
 * The line of a request is in the file a moment after its access line, and before the line of a
 * later push.
 */
async function linesOf(requestId: string): Promise<Line[]> {
  const mark = `mark-${asked}`
  await server.send('POST', `/v2/marks/blobs/uploads/?digest=${digest(mark)}`, {
    headers: { Authorization: basic('alice'), 'X-Request-Id': mark },
    body: mark,
  })
  for (;;) {
    const text = await readFile(output, 'utf8')
    const all = text.trimEnd().split('\n').filter(Boolean)
    if (text.endsWith('\n')) {
      const lines = all.map((line) => JSON.parse(line) as Line)
      if (lines.some((line) => line['requestId'] === mark))
        return lines.filter((line) => line['requestId'] === requestId)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const only = (lines: readonly Line[]): Line => {
  assert.equal(lines.length, 1, JSON.stringify(lines))
  const { time, userAgent, ...rest } = lines[0]!
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.equal(userAgent, 'test/1.0')
  return rest
}

const layer = '{}'
const push = (tag: string, user = 'alice') =>
  audited('PUT', `/v2/a/b/manifests/${tag}`, user, {
    headers: { 'Content-Type': IMAGE },
    body: image(),
  })

describe('the audit log', () => {
  it('the audit log says who pushed what', async () => {
    for (const bytes of [layer, 'layer']) {
      const path = `/v2/a/b/blobs/uploads/?digest=${digest(bytes)}`
      const { lines } = await audited('POST', path, 'alice', { body: bytes })
      const { event, account, repository, digest: told, route } = only(lines)
      assert.deepEqual(
        [event, account, repository, told, route],
        ['push', 'alice', 'a/b', digest(bytes), 'upload-start'],
      )
    }
    const { lines } = await push('v1')
    assert.deepEqual(only(lines), {
      event: 'push',
      account: 'alice',
      client: '127.0.0.1',
      repository: 'a/b',
      reference: 'v1',
      digest: digest(image()),
      route: 'manifest-put',
      status: 201,
      requestId: `audited-${asked}`,
    })
    const several = await push(`${digest(image())}?tag=v2&tag=v3`)
    assert.deepEqual(only(several.lines)['tags'], ['v2', 'v3'])
  })

  it('the audit log says who deleted what', async () => {
    const { lines } = await audited('DELETE', '/v2/a/b/manifests/v2', 'alice')
    const { event, account, repository, reference } = only(lines)
    assert.deepEqual([event, account, repository, reference], ['delete', 'alice', 'a/b', 'v2'])
  })

  it('the audit log says who logged in, from where', async () => {
    const forwarded = { headers: { 'X-Forwarded-For': '198.51.100.7' } }
    for (const path of ['/token?service=x&scope=repository:a/b:pull', '/v2/']) {
      const { lines } = await audited('GET', path, 'bob', forwarded)
      const { event, account, client } = only(lines)
      assert.deepEqual([event, account, client], ['login', 'bob', '198.51.100.7'])
    }
    const form = new URLSearchParams({
      grant_type: 'password',
      username: 'bob',
      password: passwordOf('bob'),
    }).toString()
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const { lines } = await audited('POST', '/token', undefined, { headers, body: form })
    assert.deepEqual([only(lines)['event'], only(lines)['account']], ['login', 'bob'])
  })

  it('the audit log says who was refused, and why', async () => {
    const refused = async (lines: readonly Line[]) => {
      const { event, reason, account, proved } = only(lines)
      return [event, reason, account, proved]
    }
    const wrong = { headers: { Authorization: basic('bob', 'wrong') } }
    const unknown = { headers: { Authorization: basic('pa55word', 'pa55word') } }
    const forged = { headers: { Authorization: 'Bearer x.y.z' } }
    for (const path of ['/v2/', '/token', '/v2/a/b/tags/list']) {
      const { lines } = await audited('GET', path, undefined, wrong)
      assert.deepEqual(await refused(lines), ['refused', 'password', 'bob', false])
    }
    const who = await audited('GET', '/v2/', undefined, unknown)
    assert.deepEqual(await refused(who.lines), ['refused', 'password', undefined, undefined])
    const token = await audited('GET', '/v2/', undefined, forged)
    assert.deepEqual(await refused(token.lines), ['refused', 'token', undefined, undefined])
    const denied = await push('v9', 'bob')
    assert.deepEqual(await refused(denied.lines), ['refused', 'denied', 'bob', undefined])
    await push('release-1')
    const immutable = await audited('DELETE', '/v2/a/b/manifests/release-1', 'alice')
    assert.deepEqual(await refused(immutable.lines), ['refused', 'denied', 'alice', undefined])
  })

  it('the audit log says nothing of reads, of failures of other kinds, and of callers who are asked to log in', async () => {
    const narrow = await bearer(server, basic('alice'), 'repository:a/b:pull')
    for (const [method, path, user, more] of [
      ['GET', '/v2/a/b/manifests/v1', 'bob'],
      ['HEAD', '/v2/a/b/manifests/v1', 'bob'],
      ['GET', '/v2/a/b/tags/list', 'alice'],
      ['GET', '/v2/a/b/manifests/none', 'alice'],
      ['POST', '/v2/a/b/blobs/uploads/', 'alice'],
      ['PUT', '/v2/a/b/manifests/broken', 'alice', { body: '{' }],
      ['GET', '/v2/', undefined],
      ['GET', '/token', undefined],
      ['DELETE', '/v2/a/b/manifests/v1', undefined, { headers: { Authorization: narrow } }],
      ['GET', '/livez', undefined],
    ] as const) {
      const { lines } = await audited(method, path, user, more)
      assert.deepEqual(lines, [], `${method} ${path}`)
    }
  })

  it('the audit log says what operators do, without the secrets that they are told', async () => {
    const body = JSON.stringify({ owner: 'robot', repositories: ['a/**'], actions: ['pull'] })
    const admin = { headers: { Authorization: closed.admin }, body }
    const made = await audited('POST', '/v2/_wasmoor/tokens', undefined, admin)
    const { id, secret } = made.answer.json<{ id: string; secret: string }>()
    const { event, account, token, route } = only(made.lines)
    assert.deepEqual([event, account, route], ['operation', 'admin-key', 'access-token-create'])
    assert.deepEqual((token as Line)['owner'], 'robot')
    const { lines } = await audited('DELETE', `/v2/_wasmoor/tokens/${id}`, undefined, {
      headers: { Authorization: closed.admin },
    })
    assert.deepEqual(only(lines)['token'], { id })
    const text = await readFile(output, 'utf8')
    for (const hidden of [secret, passwordOf('alice'), passwordOf('bob'), 'pa55word', 'wrong'])
      assert.ok(!text.includes(hidden), hidden)
    assert.doesNotMatch(text, /Basic |Bearer |"hash"/)
  })

  it('the audit log is for its owner alone', async () => {
    assert.equal((await stat(output)).mode & 0o777, 0o600)
  })

  it('the audit log takes access tokens for what they are: their owner logged in', async () => {
    const { id, secret } = await accessToken(closed, {
      owner: 'robot',
      repositories: ['**'],
      actions: ['pull'],
    })
    const headers = { Authorization: basic('any', secret) }
    const { lines } = await audited('GET', '/token', undefined, { headers })
    assert.equal(only(lines)['event'], 'login')
    assert.match(String(only(lines)['account']), /robot/)
    await revoke(closed, id)
    const later = await audited('GET', '/token', undefined, { headers })
    assert.equal(only(later.lines)['event'], 'refused')
  })

  it('the audit log names the rules that an artifact breaks', () => {
    const lines: string[] = []
    const findings = [{ rule: 'not-wasm' }, { rule: 'trailing-bytes' }, { rule: 'not-wasm' }]
    const failure = new RegistryError('MANIFEST_INVALID', 'no', { detail: { findings } })
    new AuditTrail((line) => lines.push(line), Date.now).answered(
      {
        requestId: 'x',
        remote: '192.0.2.1',
        method: 'PUT',
        url: '/v2/a/manifests/v1',
        route: 'manifest-put',
        status: 400,
        bytes: 0,
        milliseconds: 1,
        userAgent: undefined,
      },
      { failure, repository: 'a' },
    )
    const { event, reason, rules, client } = JSON.parse(lines.join('')) as Line
    assert.deepEqual([event, reason, client], ['refused', 'rule', '192.0.2.1'])
    assert.deepEqual(rules, ['not-wasm', 'trailing-bytes'])
  })
})
