import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { basic, bearer, htpasswdOf, startClosedServer } from '../support/closed-server.ts'
import { expect, expectError } from '../support/expected-answers.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const directory = await temporaryDirectory({ after })
const output = join(directory, 'audit.log')
const closed = await startClosedServer({
  users: ['operator'],
  rules: [{ repositories: ['**'], grants: [{ users: ['operator'], actions: ['admin'] }] }],
  settings: { 'audit.output': output, 'auth.tokens': 'true' },
})
after(() => closed.stop())
const { server } = closed

const TOKEN = { owner: 'robot', repositories: ['a/**'], actions: ['pull'] }

/** Sends one request with any target, and gives its lines in audit and access log. */
async function sent(target: string, body: object, authorization: string, more: string[] = []) {
  const requestId = `target-${target.length}-${more.length}`
  const connection = await RawConnection.open(server)
  const text = JSON.stringify(body)
  connection.request(
    [
      `POST ${target} HTTP/1.1`,
      `Host: ${server.host}:${server.port}`,
      `Authorization: ${authorization}`,
      `X-Request-Id: ${requestId}`,
      `Content-Length: ${text.length}`,
      ...more,
    ],
    text,
  )
  const { status } = await connection.answer()
  connection.socket.destroy()
  const access = await server.log.accessLine(requestId)
  return { status, access, audited: await auditedLines(requestId) }
}

/** The lines of a request: once those of a later act are in the file, they are there, too. */
async function auditedLines(requestId: string): Promise<string[]> {
  const mark = `after-${requestId}`
  const headers = { Authorization: closed.admin, 'X-Request-Id': mark }
  expect(await server.post('/v2/_wasmoor/tokens', { headers, body: JSON.stringify(TOKEN) }), 201)
  const linesOf = (text: string, id: string) =>
    text.split('\n').filter((line) => line.includes(`"requestId":"${id}"`))
  for (;;) {
    const text = await readFile(output, 'utf8')
    if (text.endsWith('\n') && linesOf(text, mark).length > 0) return linesOf(text, requestId)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('an act of an operator', () => {
  it('M11: is in the audit log by its route, however long its target is', async () => {
    for (const target of [
      `http://${'h'.repeat(200)}/v2/_wasmoor/tokens?${'q'.repeat(600)}`,
      `http://registry.example/v2/_wasmoor/tokens?${'q'.repeat(600)}`,
      `/v2/_wasmoor/tokens?${'q'.repeat(2000)}`,
    ]) {
      const { status, access, audited } = await sent(target, TOKEN, closed.admin)
      assert.equal(status, 201)
      assert.equal(audited.length, 1, target)
      const { event, route } = JSON.parse(audited[0]!) as Record<string, unknown>
      assert.deepEqual([event, route], ['operation', 'access-token-create'])
      assert.match(String(access['url']), /^\/v2\/_wasmoor\/tokens/)
    }
  })

  it('L13: reaches the audit log without control characters', async () => {
    const agent = ['User-Agent: x\x9b31m']
    const { audited } = await sent('/v2/_wasmoor/tokens', TOKEN, closed.admin, agent)
    assert.match(audited[0]!, /x\\u009b31m/)
    assert.equal((JSON.parse(audited[0]!) as { userAgent: string }).userAgent, 'x\x9b31m')
  })
})

describe('a backup', () => {
  it('L13: is started by the admin key alone, because it writes wherever the server may', async () => {
    const body = JSON.stringify({ directory: join(directory, 'elsewhere') })
    const start = async (Authorization: string) =>
      server.post('/v2/_wasmoor/backup', { headers: { Authorization }, body })
    const operator = await bearer(server, basic('operator'), 'registry:wasmoor:*')
    for (const authorization of [basic('operator'), operator])
      expectError(await start(authorization), 403, 'DENIED')
    expect(await start(await bearer(server, closed.admin, 'registry:wasmoor:*')), 202)
  })
})

describe('the name of the admin key', () => {
  it('L13: cannot be the owner of an access token', async () => {
    const body = JSON.stringify({ ...TOKEN, owner: 'admin-key' })
    const headers = { Authorization: closed.admin }
    const refused = await server.post('/v2/_wasmoor/tokens', { headers, body })
    expectError(refused, 400, 'UNSUPPORTED')
    assert.match(refused.text, /owner: admin-key is the name of the admin key/)
  })

  it('L13: cannot be the name of an account in either file', async () => {
    const htpasswd = join(directory, 'htpasswd')
    await writeFile(htpasswd, htpasswdOf(['alice', 'admin-key']))
    const reserved = /the user name admin-key is that of the admin key/
    await assert.rejects(startTestServer({ 'auth.htpasswd': htpasswd }), reserved)
    const pullers = join(directory, 'config.json')
    const auths = { 'registry.example': { username: 'admin-key', password: 'p' } }
    await writeFile(pullers, JSON.stringify({ auths }))
    const settings = { 'auth.dockerconfigjson': pullers, 'auth.hosts': '[registry.example]' }
    await assert.rejects(startTestServer(settings), reserved)
  })
})
