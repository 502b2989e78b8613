import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { program, wasmoor, type Program } from './cli/process.ts'

const root = mkdtempSync(join(tmpdir(), 'wasmoor-serve-'))
after(() => rmSync(root, { recursive: true, force: true }))

let stores = 0
const freshData = () => join(root, `data-${stores++}`)

async function serving(...flags: string[]): Promise<{ server: Program; port: number }> {
  const server = wasmoor('serve', '--port', '0', '--data', freshData(), ...flags)
  const { port } = await server.logged('listening')
  return { server, port: port as number }
}

/** A running request: an upload whose second half has not been sent. */
async function halfAnUpload(port: number): Promise<{ socket: Socket; answer: Promise<string> }> {
  const digest = `sha256:${createHash('sha256').update('abcde').digest('hex')}`
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  socket.on('error', () => {})
  socket.write(
    `POST /v2/a/blobs/uploads/?digest=${digest} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n` +
      'Content-Type: application/octet-stream\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n',
  )
  // The server sends 100 once the request is running.
  assert.deepEqual(await once(socket, 'data'), ['HTTP/1.1 100 Continue\r\n\r\n'])
  const answer = new Promise<string>((resolve) => {
    let received = ''
    socket.on('data', (text: string) => (received += text))
    socket.on('close', () => resolve(received))
  })
  socket.write('abc')
  return { socket, answer }
}

describe('wasmoor serve', { concurrency: 3 }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`finishes running requests on ${signal} and exits with 0`, async () => {
      const { server, port } = await serving()
      const { socket, answer } = await halfAnUpload(port)
      const draining = server.logged('draining')
      server.kill(signal)
      assert.deepEqual((await draining)['signal'], signal)
      socket.write('de')
      assert.match(await answer, /^HTTP\/1\.1 201 Created\r\n/)
      const { code, stdout, stderr } = await server.ended
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, /"msg":"stopped"\}\n$/)
    })
  }

  it('ends running requests after shutdown.grace', async () => {
    const { server, port } = await serving('--shutdown-grace', '1s')
    const { answer } = await halfAnUpload(port)
    const started = performance.now()
    server.kill('SIGTERM')
    assert.equal(await answer, '')
    assert.equal((await server.ended).code, 0)
    // A timer never fires early, however slow the machine is.
    assert.ok(performance.now() - started > 900)
  })

  for (const [first, second, code] of [
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGINT', 'SIGINT', 130],
    ['SIGTERM', 'SIGINT', 130],
  ] as const) {
    it(`exits at once with ${code} if ${second} follows ${first}`, async () => {
      const { server, port } = await serving()
      await halfAnUpload(port)
      server.kill(first)
      await sleep(500)
      server.kill(second)
      const ending = await server.ended
      assert.equal(ending.code, code)
      assert.match(ending.stdout, /"msg":"draining"/)
      assert.doesNotMatch(ending.stdout, /"msg":"stopped"/)
    })
  }

  it('counts two signals within a moment as one', async () => {
    const { server, port } = await serving()
    const { socket, answer } = await halfAnUpload(port)
    // Two signals of different kinds, because the kernel merges equal ones that are pending.
    server.kill('SIGINT')
    server.kill('SIGTERM')
    await server.logged('draining')
    socket.write('de')
    assert.match(await answer, /^HTTP\/1\.1 201 /)
    assert.equal((await server.ended).code, 0)
  })

  for (const [event, mistake] of [
    ['uncaughtException', "throw new Error('broken')"],
    ['unhandledRejection', "void Promise.reject(new Error('broken'))"],
  ] as const) {
    it(`logs an ${event} and exits with 1`, async () => {
      const preload = `data:text/javascript,process.on('SIGUSR2', () => { ${mistake} })`
      const words = ['--import', preload, 'src/main.ts']
      const server = program([process.execPath, ...words, '--port', '0', '--data', freshData()])
      await server.logged('listening')
      const fatal = server.logged(event)
      server.kill('SIGUSR2')
      const { level, error } = await fatal
      assert.equal(level, 'fatal')
      assert.match((error as { stack: string }).stack, /^Error: broken\n +at /)
      assert.equal((await server.ended).code, 1)
    })
  }

  it('warns if anyone on the network has access', async () => {
    const { server } = await serving('--host', '0.0.0.0')
    server.kill('SIGTERM')
    const { stdout } = await server.ended
    assert.match(stdout, /"level":"warn".*"host":"0\.0\.0\.0".*no authentication is configured/)
  })

  it('prints in one line why it cannot start', async () => {
    const data = freshData()
    const { server, port } = await serving('--data', data)
    const taken = await wasmoor('--port', String(port), '--data', freshData()).ended
    const shared = await wasmoor('--port', '0', '--data', data).ended
    const wrong = await wasmoor('--port', 'x').ended
    server.kill('SIGTERM')
    for (const [{ code, stdout, stderr }, reason] of [
      [taken, /^wasmoor: .*127\.0\.0\.1:\d+.*--port.*\n$/],
      [shared, /^wasmoor: .*data-\d.*\n$/],
      [wrong, /^wasmoor: port: "x" \(flag --port\) is not allowed: .*\n$/],
    ] as const) {
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, reason)
    }
    const { stdout, stderr } = await server.ended
    assert.doesNotMatch(stdout, /no authentication/)
    assert.equal(stderr, '')
  })

  it('exits with 2 for an invalid command line', async () => {
    const { code, stderr } = await wasmoor('sevre').ended
    assert.deepEqual(
      [code, stderr],
      [2, 'wasmoor: unknown command sevre; did you mean serve?\nSee: wasmoor help\n'],
    )
  })
})
