import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { UsageError } from '../../src/cli/command.ts'
import { run } from '../../src/cli/run.ts'
import { readPassword } from '../../src/cli/secret-password.ts'
import { dockerConfig, kubernetesSecret } from '../../src/api/pull-secret.ts'
import { secretCommand } from '../../src/cli/secret.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { repository } from './process.ts'

const login = { host: '127.0.0.1:5000', username: 'mesh', password: 'p@ss:wörd' }

/** Runs the whole program with this on standard input. */
async function wasmoor(input: string, ...words: string[]) {
  const child = spawn(process.execPath, ['src/main.ts', ...words], {
    cwd: repository,
  })
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  return { code, stdout, stderr }
}

async function secret(...words: string[]): Promise<string> {
  let printed = ''
  await run(['secret', ...words], [secretCommand], (more) => (printed += more))
  return printed
}

describe('the password on standard input', () => {
  const given = (...parts: string[]) =>
    readPassword(Readable.from(parts.map((p) => Buffer.from(p))))

  it('is one line, without the line break', async () => {
    assert.equal(await given('p@ss', ':word\n'), 'p@ss:word')
    assert.equal(await given(' p \r\n'), ' p ')
    assert.equal(await given('p'), 'p')
  })

  for (const [what, input, message] of [
    ['missing', '', /no password on standard input/],
    ['an empty line', '\n', /no password on standard input/],
    ['two lines', 'secret\nsecret\n', /has more than one line/],
    ['a NUL', 'secret\0', /has more than one line/],
    ['too long', 'secret'.repeat(1000), /more than 4096 bytes/],
  ] as const) {
    it(`must not be ${what}, and is not in the error`, async () => {
      await assert.rejects(given(input), (error: Error) => {
        assert.match(error.message, message)
        assert.doesNotMatch(error.message, /secret/)
        return true
      })
    })
  }

  it('must not come from a terminal', async () => {
    const terminal = Object.assign(Readable.from([]), { isTTY: true })
    await assert.rejects(readPassword(terminal), UsageError)
  })
})

describe('wasmoor secret', () => {
  it('prints a Secret with the password from standard input', async () => {
    const words = ['secret', '--host', login.host, '--username', 'mesh']
    const kubernetes = await wasmoor(
      'p@ss:wörd\n',
      ...words,
      '--name',
      'pull',
      '--namespace',
      'apps',
    )
    assert.deepEqual(kubernetes, {
      code: 0,
      stdout: kubernetesSecret(login, 'pull', 'apps'),
      stderr: '',
    })
    const docker = await wasmoor('p@ss:wörd\n', ...words, '--format=docker')
    assert.deepEqual(JSON.parse(docker.stdout), dockerConfig(login))
  })

  for (const [words, message] of [
    [['--host', 'a:1'], /missing --username/],
    [['--username', 'u'], /missing --host/],
    [['--host', 'http://a:1', '--username', 'u'], /without http:\/\//],
    [['--host', 'a:1/b', '--username', 'u'], /HOST or HOST:PORT/],
    [['--host', 'a:1', '--username', 'u:p'], /--username: a user name/],
    [['--host', 'a:1', '--username', 'u', '--name', 'My_Secret'], /--name My_Secret/],
    [['--host', 'a:1', '--username', 'u', '--format', 'json'], /kubernetes or docker/],
    [['--host', 'a:1', '--username', 'u', '--expires', '1h'], /--expires needs --token/],
    [['--host', 'a:1', '--username', 'u', '--repositories', 'a'], /needs --token/],
  ] as const) {
    it(`rejects secret ${words.join(' ')}`, async () => {
      await assert.rejects(secret(...words), (error) => {
        assert.ok(error instanceof UsageError, String(error))
        assert.match(error.message, message)
        return true
      })
    })
  }
})

describe('wasmoor secret --token', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer({ 'auth.tokens': 'true' })
  })
  after(() => server.stop())

  it('creates a token that can pull, within the limits given', async () => {
    const place = ['--port', String(server.port), '--data', server.data]
    const limits = ['--repositories', 'asm/**,web', '--expires', '1h']
    const words = ['--token', '--username', 'robot', '--format', 'docker', ...limits, ...place]
    const document = await secret(...words, '--public-url', 'https://registry.example.com:8443')
    const { auths } = JSON.parse(document) as { auths: Record<string, { password: string }> }
    assert.deepEqual(Object.keys(auths), ['registry.example.com:8443'])
    const password = auths['registry.example.com:8443']?.password ?? ''
    const authorization = `Basic ${Buffer.from(`any:${password}`).toString('base64')}`
    const status = async (method: string, path: string) =>
      (await server.send(method, path, { headers: { authorization } })).status
    assert.equal(await status('GET', '/v2/'), 200)
    // Without rules an account may do everything, a token what it is limited to.
    assert.equal(await status('GET', '/v2/asm/filter/manifests/v1'), 404)
    assert.equal(await status('POST', '/v2/asm/filter/blobs/uploads/'), 403)
    assert.equal(await status('GET', '/v2/other/manifests/v1'), 403)
  })
})
