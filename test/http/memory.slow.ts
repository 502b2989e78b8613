import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { request, type ClientRequest } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import { type Program, program as run } from '../cli/process.ts'
import { compileProgram } from '../support/compiled-program.ts'
import { expect } from '../support/expected-answers.ts'
import { Requests } from '../support/requests.ts'
import { openUpload } from '../support/pushes.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const MEBIBYTE = 1024 * 1024
/**
 * The promise is for 1 GiB and 200 uploads at a time; every run of the tests tries a part of it.
 */
const LONG = process.env['MEMORY_TEST'] === 'long'
const LARGE = (LONG ? 1024 : 256) * MEBIBYTE
const UPLOADS = LONG ? 200 : 50
const EACH = 4 * MEBIBYTE
const MOST = 150 * MEBIBYTE

interface ChildServer extends Requests {
  readonly program: Program
}

/**
 * The server as it is served, in a process of its own, with nothing but a port and a directory
 * configured.
 */
async function serve(t: TestContext): Promise<ChildServer> {
  const data = await temporaryDirectory(t)
  const { directory, program: compiled } = await compileProgram()
  t.after(() => rm(directory, { recursive: true }))
  const words = ['serve', '--port', '0', '--data', data, '--log-format', 'json']
  const program = run([compiled, ...words])
  t.after(async () => {
    program.kill('SIGKILL')
    await program.ended
  })
  const { port } = await program.logged('listening')
  return Object.assign(new Requests({ host: '127.0.0.1', port: Number(port) }), { program })
}

/** Bytes of memory that the process has, and has had at most. */
async function memoryOf({ program }: ChildServer): Promise<{ now: number; most: number }> {
  const status = await readFile(`/proc/${program.pid}/status`, 'utf8')
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  return { now: field('VmRSS'), most: field('VmHWM') }
}

/** Begins to send a body; the answer comes when the request is ended. */
function begin(
  { host, port }: Requests,
  method: string,
  path: string,
  length: number,
): ClientRequest {
  const headers = { 'Content-Length': length, Connection: 'close' }
  return request({ host, port, method, path, headers, agent: false })
}

async function statusOf(sent: ClientRequest): Promise<number | undefined> {
  const [response] = (await once(sent, 'response')) as [
    NodeJS.ReadableStream & { statusCode?: number },
  ]
  response.resume()
  return response.statusCode
}

async function write(sent: ClientRequest, bytes: Uint8Array): Promise<void> {
  if (!sent.write(bytes)) await once(sent, 'drain')
}

async function expectSmall(t: TestContext, server: ChildServer, what: string): Promise<void> {
  const { now, most } = await memoryOf(server)
  const figures = `${what}: at most ${toMebibytes(most)}, afterwards ${toMebibytes(now)}`
  t.diagnostic(figures)
  assert.ok(most <= MOST, figures)
}

const toMebibytes = (bytes: number) => `${Math.round(bytes / MEBIBYTE)} MiB`

describe(
  'the memory of the server stays below 150 MiB',
  { skip: process.platform !== 'linux' && 'reads /proc' },
  () => {
    it(`through an upload of ${toMebibytes(LARGE)}, and its download`, async (t) => {
      const server = await serve(t)
      const location = await openUpload(server, 'memory')
      const block = randomBytes(MEBIBYTE)
      const hash = createHash('sha256')
      const sent = begin(server, 'PATCH', location, LARGE)
      for (let at = 0; at < LARGE; at += block.byteLength) {
        hash.update(block)
        await write(sent, block)
      }
      sent.end()
      assert.equal(await statusOf(sent), 202)
      const digest = `sha256:${hash.digest('hex')}`
      expect(await server.put(`${location}?digest=${digest}`), 201)
      await expectSmall(t, server, 'upload')

      const got = request({
        host: server.host,
        port: server.port,
        path: `/v2/memory/blobs/${digest}`,
      })
      got.end()
      const [response] = (await once(got, 'response')) as [AsyncIterable<Uint8Array>]
      const downloaded = createHash('sha256')
      for await (const piece of response) downloaded.update(piece)
      assert.equal(`sha256:${downloaded.digest('hex')}`, digest)
      await expectSmall(t, server, 'download')
      server.close()
    })

    it(`through ${UPLOADS} uploads of ${toMebibytes(EACH)} at a time`, async (t) => {
      const server = await serve(t)
      const block = randomBytes(EACH / 2)
      const uploads = await Promise.all(
        Array.from({ length: UPLOADS }, async (_, at) => {
          const tail = Buffer.from(block)
          tail.writeUInt32LE(at)
          const digest = `sha256:${createHash('sha256').update(block).update(tail).digest('hex')}`
          const location = await openUpload(server, 'memory')
          return { tail, sent: begin(server, 'PUT', `${location}?digest=${digest}`, EACH) }
        }),
      )
      // All are half sent before one of them goes on.
      await Promise.all(uploads.map(({ sent }) => write(sent, block)))
      await expectSmall(t, server, `${UPLOADS} uploads, half sent`)
      const statuses = uploads.map(async ({ sent, tail }) => {
        sent.end(tail)
        return statusOf(sent)
      })
      for (const status of await Promise.all(statuses)) assert.equal(status, 201)
      await expectSmall(t, server, `${UPLOADS} uploads`)
      server.close()
    })
  },
)
