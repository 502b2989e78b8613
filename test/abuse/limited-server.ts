import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server as a small container has it. */
export interface LimitedServer {
  readonly address: { readonly host: string; readonly port: number }
  /** Bytes that the process takes now, and has taken at most. */
  memory(): Promise<{ readonly now: number; readonly most: number }>
  /** Seconds of CPU that the process has used. */
  cpu(): Promise<number>
  /** Undefined while the process runs. */
  ending(): string | undefined
  stop(): Promise<void>
}

export interface Limits {
  /** MiB of V8's heap. */
  readonly heap: number
  /** File descriptors. */
  readonly descriptors: number
}

/**
 * Starts a compiled program on a free port. Its log goes to a file, because it is longer than the
 * memory of the test.
 */
export async function startLimited(
  program: string,
  directory: string,
  flags: readonly string[],
  { heap, descriptors }: Limits,
): Promise<LimitedServer> {
  const logFile = join(directory, 'server.log')
  const output = openSync(logFile, 'w')
  const words = ['serve', '--port', '0', '--data', join(directory, 'data'), '--log-format', 'json']
  const child = spawn(
    'sh',
    ['-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh', program, ...words, ...flags],
    {
      stdio: ['ignore', output, output],
      env: { PATH: process.env['PATH'], NODE_OPTIONS: `--max-old-space-size=${heap}` },
    },
  )
  let ending: string | undefined
  const ended = once(child, 'close').then(([code, signal]) => {
    ending = `code ${code as number}, signal ${signal as string}`
  })
  const listening = await listeningLine(logFile, () => ending)
  const status = () => readFile(`/proc/${child.pid}/status`, 'utf8')
  return {
    address: listening,
    async memory() {
      const text = await status()
      return { now: field(text, 'VmRSS'), most: field(text, 'VmHWM') }
    },
    async cpu() {
      const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ')
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
    ending: () => ending,
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function listeningLine(
  path: string,
  ending: () => string | undefined,
): Promise<{ host: string; port: number }> {
  for (;;) {
    const text = await readFile(path, 'utf8')
    const line = text.split('\n').find((each) => each.includes('"msg":"listening"'))
    if (line !== undefined) return JSON.parse(line) as { host: string; port: number }
    if (ending() !== undefined) throw new Error(`the server did not start: ${text}`)
    await sleep(50)
  }
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024
}
