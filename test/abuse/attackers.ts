import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { basic } from '../support/closed-server.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { pushBlob, putManifest } from '../support/pushes.ts'
import { Requests } from '../support/requests.ts'

/*
 * Clients that each do the worst that their rights allow, in a process of their own: `node
 * attackers.ts HOST PORT`. They go on until the process is killed.
 */

const USER = 'mallory'
const AUTHORIZATION = `Authorization: ${basic(USER)}`
const REPOSITORY = 'mallory/x'
const MANIFEST_BYTES = 4_194_304

const [host = '', port = ''] = process.argv.slice(2)
const server = new Requests({ host, port: Number(port) })
const headers = { Authorization: basic(USER) }

/** The attack comes from a few networks, as it does on the internet. */
let opened = 0

/** A connection that writes what it likes and never reads. */
function open(): Socket {
  const localAddress = `127.0.0.${2 + (opened++ % 4)}`
  const socket = connect({ host, port: Number(port), localAddress })
  socket.on('error', () => undefined)
  socket.pause()
  return socket
}

function head(line: string, ...fields: string[]): string {
  return [`${line} HTTP/1.1`, 'Host: localhost', AUTHORIZATION, ...fields, '', ''].join('\r\n')
}

/** Opens so many connections again and again, each for some time. */
async function flood(
  count: number,
  milliseconds: number,
  begin: (socket: Socket, at: number) => void,
) {
  for (;;) {
    const sockets = Array.from({ length: count }, open)
    for (const [at, socket] of sockets.entries()) begin(socket, at)
    await sleep(milliseconds)
    for (const socket of sockets) socket.destroy()
  }
}

/** JSON whose tree takes much more memory than its text. */
function denseManifest(): string {
  const parts = '{},'.repeat(16_000)
  const text = JSON.stringify({ ...(JSON.parse(image()) as object), x: [] })
  const dense = text.replace('"x":[]', `"x":[${parts}{}]`)
  return dense + ' '.repeat(MANIFEST_BYTES - dense.length)
}

/** Sends all but the last byte of manifests, and then all last bytes at once. */
async function largeManifests(): Promise<never> {
  const text = denseManifest()
  for (;;) {
    const sockets = Array.from({ length: 64 }, open)
    for (const [at, socket] of sockets.entries()) {
      socket.write(
        head(
          `PUT /v2/${REPOSITORY}/manifests/x${at}`,
          `Content-Type: ${IMAGE}`,
          `Content-Length: ${text.length}`,
        ) + text.slice(0, -1),
      )
    }
    await sleep(3_000)
    for (const socket of sockets) socket.write(text.slice(-1))
    await sleep(2_000)
    for (const socket of sockets) socket.destroy()
  }
}

async function prepare(): Promise<{ blob: string; subject: string }> {
  const requests = Object.assign(Object.create(server) as Requests, {
    send: (method: string, path: string, options: object = {}) =>
      server.send(method, path, {
        ...options,
        headers: { ...headers, ...(options as { headers?: object }).headers },
      }),
  })
  await pushBlob(requests, REPOSITORY, '{}')
  await pushBlob(requests, REPOSITORY, 'layer')
  const blob = await pushBlob(requests, REPOSITORY, Buffer.alloc(8 * 1024 * 1024))
  const manifest = image()
  const subject = { mediaType: IMAGE, digest: digest(manifest), size: manifest.length }
  await putManifest(requests, REPOSITORY, 'small', manifest)
  for (let at = 0; at < 30; at++) {
    const large = image({
      subject,
      artifactType: `a/t${at}`,
      annotations: { text: 'x'.repeat(3_900_000), at: String(at) },
    })
    await putManifest(requests, REPOSITORY, digest(large), large)
    const tagged = image({ annotations: { text: 'y'.repeat(250_000), at: String(at) } })
    await putManifest(requests, REPOSITORY, `v${at}`, tagged)
    await putManifest(
      requests,
      REPOSITORY,
      `large${at}`,
      image({ annotations: { text: 'z'.repeat(3_900_000), at: String(at) } }),
    )
  }
  return { blob, subject: subject.digest }
}

const { blob, subject } = await prepare()
process.send?.('ready')

const LISTS = [
  `/v2/${REPOSITORY}/_wasmoor/tags?n=100`,
  `/v2/${REPOSITORY}/referrers/${subject}`,
  `/v2/${REPOSITORY}/tags/list`,
  '/v2/_catalog?n=10000',
  '/v2/_wasmoor/repositories?n=100',
]

await Promise.all([
  largeManifests(),
  // Pipelined pulls behind an answer that nobody reads.
  flood(8, 5_000, (socket) =>
    socket.write(head(`GET /v2/${REPOSITORY}/blobs/${blob}`).repeat(1000)),
  ),
  // As many as may wait on a connection.
  flood(8, 1_000, (socket, at) =>
    socket.write(head(`GET ${LISTS[at % LISTS.length]!}`).repeat(16)),
  ),
  flood(8, 1_000, (socket, at) =>
    socket.write(head(`GET /v2/${REPOSITORY}/_wasmoor/wasm/large${at}`).repeat(16)),
  ),
  // Large manifests that are not read.
  flood(30, 5_000, (socket, at) =>
    socket.write(head(`GET /v2/${REPOSITORY}/manifests/large${at}`)),
  ),
  // Idle connections, half a request, half a form.
  flood(450, 20_000, () => undefined),
  flood(60, 20_000, (socket) => socket.write('GET /v2/ HTTP/1.1\r\nHost: local')),
  flood(60, 30_000, (socket) =>
    socket.write(
      'POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\na=',
    ),
  ),
  // Passwords of made-up users.
  flood(20, 1_000, (socket, at) => {
    const wrong = Buffer.from(`user${at}-${Math.random()}:wrong`).toString('base64')
    socket.write(`GET /v2/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic ${wrong}\r\n\r\n`)
  }),
])
