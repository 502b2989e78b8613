import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerLocation, ServerKind } from './server.ts'

const running = new Set<ChildProcess>()

// Stops all servers, however the benchmark ends.
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

/** A running server. */
export interface Server extends ServerLocation {
  readonly kind: ServerKind
  readonly pid: number
  /** Milliseconds between the start of its process and its first response. */
  readonly startMilliseconds: number
  /** Truncates the logs, which would fill the disk over a long run. */
  cutLogs(): void
  stop(): Promise<void>
}

/** Starts a server on a free port, and resolves when it answers. */
export async function start(kind: ServerKind, directory: string): Promise<Server> {
  mkdirSync(directory, { recursive: true })
  const location: ServerLocation = { port: await freePort(), directory }
  const command = await kind.command(location)
  const log = join(directory, 'server.log')
  const output = openSync(log, 'a')
  const began = performance.now()
  const child = spawn(command.file, command.arguments, {
    stdio: ['ignore', output, output],
    env: { ...process.env, ...command.environment },
  })
  closeSync(output)
  running.add(child)
  child.once('exit', () => running.delete(child))
  await once(child, 'spawn')
  await answers(child, location.port, log)
  return {
    ...location,
    kind,
    pid: child.pid ?? 0,
    startMilliseconds: performance.now() - began,
    cutLogs: () => cut(log, join(directory, 'access.log')),
    stop: () => stop(child),
  }
}

async function answers(child: ChildProcess, port: number, log: string): Promise<void> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    await sleep(2)
    if (child.exitCode !== null || child.signalCode !== null) break
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/v2/`)
      await answer.arrayBuffer()
      return
    } catch {
      // Not listening yet.
    }
  }
  throw new Error(`${child.spawnfile} did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await exit
  clearTimeout(impatience)
}

function cut(...logs: string[]): void {
  for (const log of logs) {
    try {
      truncateSync(log)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

/** A port below 32768: the kernel uses ports above for outgoing connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
}
