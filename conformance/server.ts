import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environmentWithout, type Environment } from './execute.ts'

const repositoryRoot = join(import.meta.dirname, '..')
const startTimeoutSeconds = 60
const stopTimeoutSeconds = 20

interface Server {
  host: string
  stop(): Promise<void>
}

interface ServerOptions {
  /** Where what the server writes to its terminal goes. */
  log: string
  environment: Environment
  /** Run dist/ instead of the TypeScript sources. */
  built: boolean
}

/** Lends out the registry at `given`, or else a new server, which lives as long as it is in use. */
export async function withRegistry(
  given: string | undefined,
  options: ServerOptions,
  use: (host: string) => Promise<void>,
): Promise<void> {
  if (given !== undefined) return use(given)
  const server = await startServer(options)
  try {
    await use(server.host)
  } finally {
    await server.stop()
  }
}

/** Starts Wasmoor with an empty data folder and comes back when it answers. */
async function startServer(options: ServerOptions): Promise<Server> {
  const data = await mkdtemp(join(tmpdir(), 'wasmoor-conformance-'))
  const port = await freePort()
  const host = `127.0.0.1:${port}`
  const program = options.built ? ['dist/src/main.js'] : ['--import', 'tsx', 'src/main.ts']
  await mkdir(dirname(options.log), { recursive: true })
  const log = await open(options.log, 'w')
  const child = spawn(
    process.execPath,
    [...program, 'serve', '--host', '127.0.0.1', '--port', String(port), '--data', data],
    {
      cwd: repositoryRoot,
      // Settings of the person at the keyboard must not reach the server under test.
      env: { ...environmentWithout('WASMOOR_', 'REGISTRY_'), ...options.environment },
      stdio: ['ignore', log.fd, log.fd],
    },
  )
  await log.close()
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const stop = async () => {
    try {
      await stopChild(child, options.log)
    } finally {
      process.off('exit', killWithUs)
      await rm(data, { recursive: true, force: true })
    }
  }
  try {
    await untilAnswering(host, child, options.log)
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
  return { host, stop }
}

/** Fails where the server had ended by itself or would not end: both are defects of it. */
async function stopChild(child: ChildProcess, log: string): Promise<void> {
  if (hasEnded(child)) throw new Error(`the server ended by itself:\n${await lastLines(log)}`)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const patience = new AbortController()
  const late = sleep(stopTimeoutSeconds * 1000, 'late', { signal: patience.signal })
  const first = await Promise.race([ended, late])
  if (first !== 'late') {
    late.catch(() => {})
    patience.abort()
    return
  }
  child.kill('SIGKILL')
  await ended
  throw new Error(`the server had to be killed, ${stopTimeoutSeconds} s after SIGTERM`)
}

async function untilAnswering(host: string, child: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + startTimeoutSeconds * 1000
  while (Date.now() < deadline) {
    if (hasEnded(child)) throw new Error(`the server did not start:\n${await lastLines(log)}`)
    // Any answer will do: 401 is one too.
    const response = await fetch(`http://${host}/v2/`).catch(() => undefined)
    await response?.body?.cancel()
    if (response) return
    await sleep(50)
  }
  throw new Error(`the server did not answer within ${startTimeoutSeconds} s`)
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

async function lastLines(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trimEnd().split('\n').slice(-20).join('\n')
}

/** Below 32768, because a port above may be taken by any outgoing connection in the meantime. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
}
