import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { startServer } from '../../src/app.ts'
import { configCommand } from '../../src/cli/config.ts'
import { formatError } from '../../src/cli/format-error.ts'
import { run } from '../../src/cli/run.ts'
import { keyOfPath } from '../../src/config/keys.ts'
import { loggerTo } from '../../src/log.ts'
import {
  accessToken,
  adminOf,
  basic,
  htpasswdOf,
  revoke,
  sessionToken,
} from '../support/closed-server.ts'
import { ForgedTokens, tampered } from '../support/forged-tokens.ts'
import { KeptLog } from '../support/kept-log.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { Requests } from '../support/requests.ts'
import { testConfig } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** A password for each source, recognisable anywhere. */
const SECRETS = {
  alice: 'alice:correct-horse@battery',
  docker: 'docker:staple@wire',
  wrong: 'wr0ng:but@still-secret',
  unknown: 'unkn0wn:user@password',
  inForm: 'f0rm:field@password',
  inUrl: 'url-userinfo-passw0rd',
  broken: 'br0ken:file@password',
  odd: 'n0t-a-known-scheme-credential',
} as const

/** Every reversible encoding of a secret. */
function spellings(secret: string): string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.from(`${'x'.repeat(shift)}${secret}`).toString('base64')
    // Without the characters that also depend on the text before and after.
    return text.slice(shift === 0 ? 0 : 4, -4)
  })
  return [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]
}

function expectSilence(text: string, secrets: readonly string[]): void {
  for (const secret of secrets)
    for (const spelling of spellings(secret))
      assert.equal(text.indexOf(spelling), -1, `${secret} appears as ${spelling}`)
}

async function files(test: TestContext) {
  const directory = await temporaryDirectory(test)
  const [users, docker] = [join(directory, 'users'), join(directory, 'config.json')]
  await writeFile(
    users,
    htpasswdOf(['alice'], () => SECRETS.alice),
  )
  const account = { username: 'docker', password: SECRETS.docker }
  await writeFile(docker, JSON.stringify({ auths: { 'registry.example': account } }))
  const settings = {
    data: join(directory, 'data'),
    'auth.htpasswd': users,
    'auth.dockerconfigjson': docker,
    'auth.hosts': '[registry.example]',
    'auth.tokens': 'true',
    trustedProxies: '[127.0.0.1]',
  }
  return { users, docker, settings }
}

/** A server whose log is kept, both as fields and as lines. */
async function start(test: TestContext) {
  const { settings, ...paths } = await files(test)
  let written = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString()
      done()
    },
  })
  const kept = new KeptLog()
  const pino = loggerTo(stream, 'debug')
  const both = (level: keyof KeptLog & keyof typeof pino) => (fields: object, message: string) => {
    kept[level](fields, message)
    pino[level](fields, message)
  }
  const log = {
    debug: both('debug'),
    info: both('info'),
    warn: both('warn'),
    error: both('error'),
  }
  const running = await startServer(testConfig(settings), log)
  const server = Object.assign(new Requests(running.address), { data: settings.data })
  test.after(async () => {
    server.close()
    await running.drain(0)
  })
  const output = () =>
    written + inspect(kept.lines, { depth: null, maxArrayLength: null, maxStringLength: null })
  return { ...paths, server, kept, output }
}

describe('a password or token', () => {
  it('is in no log line and no answer, whatever is done with it', async (test) => {
    const { server, users, docker, kept, output } = await start(test)
    const admin = await adminOf(server as unknown as Parameters<typeof adminOf>[0])
    const closed = { server, admin } as unknown as Parameters<typeof accessToken>[0]
    const request = { owner: 'alice', repositories: ['**'], actions: ['pull'] }
    const [robot, revoked] = [
      await accessToken(closed, request),
      await accessToken(closed, request),
    ]
    const derived = await sessionToken(server, basic('x', revoked.secret))
    await revoke(closed, revoked.id)
    const session = await sessionToken(server, basic('alice', SECRETS.alice), 'repository:a:pull')
    const forged = new ForgedTokens(server.data)
    const expired = forged.altered(session, { exp: 1 })
    const tokens = [session, derived, expired, tampered(session, { sub: 'bob' })]
    const authorizations = [
      basic('alice', SECRETS.alice),
      basic('docker', SECRETS.docker),
      basic('alice', SECRETS.wrong),
      basic('nobody', SECRETS.unknown),
      basic('x', robot.secret),
      basic('x', revoked.secret),
      basic('x', robot.secret.slice(0, -1)),
      admin,
      admin.slice(0, -6),
      `Digest response="${SECRETS.odd}"`,
      `Basic ${SECRETS.odd}!`,
      SECRETS.odd,
      `Bearer ${SECRETS.odd}`,
      ...tokens.map((token) => `Bearer ${token}`),
    ]
    const answers: string[] = []
    let addresses = 0
    const ask = async (method: string, path: string, Authorization: string) => {
      // Each from another address: many wrong passwords from one are slowed down.
      const address = `10.0.${addresses >> 8}.${addresses++ & 255}`
      const options = {
        headers: { Authorization, 'X-Forwarded-For': address },
        body: method === 'GET' ? '' : 'not what it takes',
      }
      const answer = await server.send(method, path, options)
      if (path !== '/token') answers.push(JSON.stringify(answer.headers) + answer.text)
    }
    for (const authorization of authorizations)
      for (const path of ['/v2/', '/v2/a/manifests/v1', '/v2/_catalog', '/nothing', '/token']) {
        await ask('GET', path, authorization)
        await ask('PUT', path, authorization)
        if (path === '/v2/') await ask('POST', '/v2/a/blobs/uploads/?digest=x', authorization)
        if (path === '/v2/') await ask('POST', '/v2/_wasmoor/tokens', authorization)
      }
    const form = { grant_type: 'password', username: 'alice', password: SECRETS.inForm }
    for (const fields of [
      form,
      { ...form, grant_type: 'refresh_token', refresh_token: SECRETS.odd },
    ])
      for (const type of ['application/x-www-form-urlencoded', 'application/json', 'text/plain']) {
        const body = String(new URLSearchParams(fields))
        const answer = await server.post('/token', { headers: { 'Content-Type': type }, body })
        answers.push(answer.text)
      }
    const raw = await RawConnection.open(server)
    raw.request([
      `GET http://alice:${SECRETS.inUrl}@registry.example/v2/a/tags/list HTTP/1.1`,
      'Host: registry.example',
      `Authorization: ${basic('alice', SECRETS.wrong)}`,
      `Proxy-Authorization: ${basic('alice', SECRETS.odd)}`,
      `Cookie: session=${SECRETS.odd}`,
      'Connection: close',
    ])
    answers.push((await raw.answer()).body)
    await raw.closed

    const broken = { username: 'u', password: SECRETS.broken, auth: '%' }
    const texts = [
      [users, `alice:${SECRETS.broken}\n`],
      [docker, JSON.stringify({ auths: { 'registry.example': broken } })],
      [docker, `{"auths": {"registry.example": {"auth": "${btoa(`u:${SECRETS.broken}`)}"`],
    ] as const
    for (const [path, text] of texts) {
      const before = kept.lines.length
      await writeFile(`${path}.new`, text)
      await rename(`${path}.new`, path)
      await kept.line(({ message }) => message.includes('account file is invalid'), before)
    }

    const key = Buffer.from(admin.slice(6), 'base64').toString().split(':')[1]!
    const signatures = tokens.map((token) => token.split('.')[2]!)
    const secrets = [...Object.values(SECRETS), robot.secret, revoked.secret, key, ...signatures]
    assert.ok(kept.lines.length > 100)
    expectSilence(output(), secrets)
    expectSilence(answers.join('\n'), secrets)
  })

  it('is not printed by wasmoor config', async (test) => {
    const { settings } = await files(test)
    const words = Object.entries(settings).map(
      ([path, value]) => `${keyOfPath.get(path)!.flag}=${value}`,
    )
    let printed = ''
    await run(['config', ...words], [configCommand], (text) => (printed += text))
    assert.match(printed, /htpasswd: .*users/)
    expectSilence(printed, Object.values(SECRETS))
  })

  it('is not in the error that stops the start', async (test) => {
    const { settings, users, docker } = await files(test)
    const refuse = async (more: Record<string, string>) => {
      try {
        await startServer(testConfig({ ...settings, ...more }), new KeptLog())
      } catch (error) {
        expectSilence(formatError(error) + inspect(error), Object.values(SECRETS))
        return
      }
      assert.fail('it started')
    }
    await writeFile(users, `alice:${SECRETS.broken}\n`)
    await refuse({})
    await writeFile(users, '')
    await writeFile(docker, `{"auths": {"registry.example": {"password": "${SECRETS.broken}"`)
    await refuse({})
    await writeFile(
      docker,
      JSON.stringify({ auths: { 'registry.example': { auth: SECRETS.broken } } }),
    )
    await refuse({})
    await refuse({ publicUrl: `https://alice:${SECRETS.inUrl}@registry.example` })
    await refuse({ publicUrl: `https://alice:${SECRETS.alice}@registry.example` })
  })
})
