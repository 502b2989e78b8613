/**
 * `npm run bench:gc`: the time to collect a million unreferenced blobs, and the latency of reads
 * meanwhile.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { KIB } from '../src/base/sizes.ts'
import { type Latencies, readUntil } from './gc/readers.ts'
import { describeMachine } from './machine.ts'
import { costOf } from './process-cost.ts'
import { formatMachine } from './report.ts'
import { buildWasmoor } from './servers/wasmoor.ts'

const isQuick = process.argv.includes('--quick')
const blobs = Number(process.env['CANDIDATES'] ?? (isQuick ? 20_000 : 1_000_000))
const candidates = { blobs, files: Math.round(blobs / 100) }
const PORT = 15_117
const ORIGIN = `http://127.0.0.1:${PORT}`
const MANIFEST = `${ORIGIN}/v2/used/manifests/latest`
/** Milliseconds of reads without collection, and during one at the default rate. */
const WINDOW = isQuick ? 4_000 : 8_000

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
if (!isQuick) {
  const file = fileURLToPath(new URL('GC.md', import.meta.url))
  writeFileSync(file, formatReport())
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
    await waitUntilIdle(server)
    return await work(server)
  } finally {
    server.kill('SIGTERM')
    await new Promise((resolve) => server.once('exit', resolve))
  }
}

/** Waits until LevelDB has compacted the million writes, which a real registry does over days. */
async function waitUntilIdle({ pid = 0 }: ChildProcess): Promise<void> {
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
  await assertOk(
    fetch(`${ORIGIN}/v2/used/blobs/uploads/?digest=${digest}`, { method: 'POST', body: config }),
  )
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const described = { mediaType: 'application/vnd.oci.empty.v1+json', digest, size: config.length }
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config: described, layers: [] })
  await assertOk(fetch(MANIFEST, { method: 'PUT', body, headers: { 'Content-Type': mediaType } }))
}

async function assertOk(answer: Promise<Response>): Promise<void> {
  const { status, url } = await answer
  if (status >= 300) throw new Error(`${url} answered ${status}`)
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

/** The peak memory of the process in MiB. */
function memoryOf({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / KIB)
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10
}

function formatReport(): string {
  const pass = (unlimited.endedAt! - unlimited.startedAt) / 1000
  const line = (name: string, { requests, median, p99, longest }: Latencies) =>
    `| ${name} | ${requests} | ${median.toFixed(2)} | ${p99.toFixed(2)} | ${longest.toFixed(1)} |`
  return `# Collection

<!-- Written by \`npm run bench:gc\`. -->

${formatMachine(machine)}
- ${candidates.blobs.toLocaleString('en')} unreferenced blobs, ${candidates.files.toLocaleString('en')} of them in files, written directly to the store with a time three days ago; the store was idle before the measurement.
- One server process with the default durability; four connections read a manifest meanwhile.

A pass without a limit (\`gc.rate: 0\`) took ${Math.round(pass)} s for ${unlimited.links.toLocaleString('en')} links and as many blobs: ${Math.round(unlimited.links / pass).toLocaleString('en')} a second. The peak memory of the process was ${unlimited.memory} MiB, and ${usual.memory} MiB at the default rate.

| manifest GET | requests | median ms | p99 ms | longest ms |
| --- | --- | --- | --- | --- |
${line('without collection', usual.without)}
${line('during a pass, gc.rate 250 (default)', usual.during)}
${line('without collection, second server', unlimited.without)}
${line('during a pass, no limit', unlimited.during)}

The p99 during a pass is ${(usual.during.p99 / usual.without.p99).toFixed(2)} times the p99 without collection at the default rate, and ${(unlimited.during.p99 / unlimited.without.p99).toFixed(2)} times without a limit.
`
}
