/** `npm run bench:gc`: what collection of a million unused blobs takes, and what readers feel of it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Latencies, readUntil } from './gc/readers.ts'
import { describeMachine } from './machine.ts'
import { costOf } from './process-cost.ts'
import { machineLines } from './report.ts'
import { buildWasmoor } from './servers/wasmoor.ts'

const quick = process.argv.includes('--quick')
const blobs = Number(process.env['CANDIDATES'] ?? (quick ? 20_000 : 1_000_000))
const candidates = { blobs, files: Math.round(blobs / 100) }
const PORT = 15_117
const ORIGIN = `http://127.0.0.1:${PORT}`
const MANIFEST = `${ORIGIN}/v2/used/manifests/latest`
/** Milliseconds of reading without collection, and with one at its usual pace. */
const WINDOW = quick ? 4_000 : 8_000
const MEBIBYTE = 1024

const DATA_ROOT = fileURLToPath(new URL('data', import.meta.url))
mkdirSync(DATA_ROOT, { recursive: true })
const directory = mkdtempSync(join(DATA_ROOT, 'gc-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

interface Status {
  readonly state: string
  readonly blobs: number
  readonly links: number
  readonly startedAt: number
  readonly endedAt?: number
}

const machine = await describeMachine(directory, undefined)
await buildWasmoor()
const data = join(directory, 'data')
const began = performance.now()
const fill = fileURLToPath(new URL('gc/fill.ts', import.meta.url))
await promisify(execFile)(process.execPath, [
  fill,
  data,
  ...[candidates.blobs, candidates.files].map(String),
])
const filled = seconds(performance.now() - began)
console.log(`filled with ${candidates.blobs} candidates in ${filled} s`)

const usual = await withServer([], async (server) => {
  await putUsed()
  await readFor(2_000)
  const without = await readFor(WINDOW)
  await collect('POST')
  const during = await readFor(WINDOW)
  return { without, during, ...(await collect('GET')), memory: memoryOf(server) }
})
console.log(usual)
const unlimited = await withServer(['--gc-rate', '0'], async (server) => {
  await readFor(2_000)
  const without = await readFor(WINDOW)
  await collect('POST')
  let status: Status | undefined
  const ended = (async () => {
    do {
      await sleep(200)
      status = await collect('GET')
    } while (status.state === 'running')
  })()
  const during = await readUntil(() => status !== undefined && status.state !== 'running', MANIFEST)
  await ended
  return { without, during, ...status!, memory: memoryOf(server) }
})
console.log(unlimited)
if (!quick) {
  const file = fileURLToPath(new URL('GC.md', import.meta.url))
  writeFileSync(file, document())
  console.log(`wrote ${file}`)
}

async function withServer<T>(
  flags: readonly string[],
  work: (server: ChildProcess) => Promise<T>,
): Promise<T> {
  const program = fileURLToPath(new URL('../bin/wasmoor', import.meta.url))
  const standard = ['serve', '--port', `${PORT}`, '--data', data, '--log-level', 'warn']
  const gc = ['--gc-enabled', 'false', '--gc-grace', '1s']
  const server = spawn(program, [...standard, ...gc, ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  process.once('exit', () => server.kill('SIGKILL'))
  try {
    while (
      !(await fetch(`${ORIGIN}/livez`).then(
        ({ status }) => status === 200,
        () => false,
      ))
    )
      await sleep(50)
    await rest(server)
    return await work(server)
  } finally {
    server.kill('SIGTERM')
    await new Promise((resolve) => server.once('exit', resolve))
  }
}

/** Waits until the store has nothing to tidy up after a million pushes, which lie days back in what is measured. */
async function rest({ pid = 0 }: ChildProcess): Promise<void> {
  const spent = () => costOf(pid).cpuMicroseconds
  for (let before = spent(), now = Infinity; now - before > 20_000;) {
    before = spent()
    await sleep(2_000)
    now = spent()
  }
}

async function putUsed(): Promise<void> {
  const config = '{"rootId":"demo"}'
  const { createHash } = await import('node:crypto')
  const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`
  await ok(
    fetch(`${ORIGIN}/v2/used/blobs/uploads/?digest=${digest}`, { method: 'POST', body: config }),
  )
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const described = { mediaType: 'application/vnd.oci.empty.v1+json', digest, size: config.length }
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config: described, layers: [] })
  await ok(fetch(MANIFEST, { method: 'PUT', body, headers: { 'Content-Type': mediaType } }))
}

async function ok(answer: Promise<Response>): Promise<void> {
  const { status, url } = await answer
  if (status >= 300) throw new Error(`${url} answers ${status}`)
}

function readFor(milliseconds: number): Promise<Latencies> {
  const late = performance.now() + milliseconds
  return readUntil(() => performance.now() >= late, MANIFEST)
}

async function collect(method: 'GET' | 'POST'): Promise<Status> {
  const key = readFileSync(join(data, 'admin.key'), 'utf8').trim()
  const authorization = `Basic ${Buffer.from(`admin:${key}`).toString('base64')}`
  const answer = await fetch(`${ORIGIN}/v2/_wasmoor/gc`, { method, headers: { authorization } })
  return (await answer.json()) as Status
}

/** MiB that the process has taken at most. */
function memoryOf({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / MEBIBYTE)
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10
}

function document(): string {
  const pass = (unlimited.endedAt! - unlimited.startedAt) / 1000
  const line = (name: string, { requests, median, p99, longest }: Latencies) =>
    `| ${name} | ${requests} | ${median.toFixed(2)} | ${p99.toFixed(2)} | ${longest.toFixed(1)} |`
  return `# Collection

<!-- Written by \`npm run bench:gc\`. -->

${machineLines(machine)}
- ${candidates.blobs.toLocaleString('en')} blobs that no manifest names, ${candidates.files.toLocaleString('en')} of them with a file of their own, pushed through the ports of the store three days ago; the store has come to rest since.
- One server process, durable defaults; manifests are read by four connections all the while.

A pass without a limit (\`gc.rate: 0\`) took ${Math.round(pass)} s for ${unlimited.links.toLocaleString('en')} links and as many blobs: ${Math.round(unlimited.links / pass).toLocaleString('en')} a second. The process took at most ${unlimited.memory} MiB, ${usual.memory} MiB at the usual pace.

| manifest GET | requests | median ms | p99 ms | longest ms |
| --- | --- | --- | --- | --- |
${line('without collection', usual.without)}
${line('during a pass, gc.rate 250 (default)', usual.during)}
${line('without collection, second server', unlimited.without)}
${line('during a pass, no limit', unlimited.during)}

p99 during a pass is ${(usual.during.p99 / usual.without.p99).toFixed(2)}× of that without at the usual pace, and ${(unlimited.during.p99 / unlimited.without.p99).toFixed(2)}× without a limit.
`
}
