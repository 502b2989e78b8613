import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

export const repository = join(import.meta.dirname, '../..')

const PATIENCE = 30_000

/** A child process of a test. */
export interface Program {
  readonly pid: number
  /**
   * Resolves with the fields of the next log line that has this message. Fails when the process
   * ends first.
   */
  logged(message: string): Promise<Record<string, unknown>>
  kill(signal: NodeJS.Signals): void
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ending>
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts `wasmoor` from its sources. Settings of the person at the keyboard do not reach it. */
export function wasmoor(...words: string[]): Program {
  return program([process.execPath, 'src/main.ts', ...words])
}

/**
 * Starts any program in the repository; `detached` gives it a process group of its own, as a shell
 * does.
 */
export function program(
  [command = '', ...words]: string[],
  { detached = false }: { detached?: boolean } = {},
): Program {
  const env = Object.entries(process.env).filter(([name]) => !/^(WASMOOR_|UV_|npm_)/.test(name))
  const child = spawn(command, words, {
    cwd: repository,
    env: Object.fromEntries(env),
    detached,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const written = { stdout: '', stderr: '' }
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => (written.stdout += `${line}\n`))
  const ended = once(child, 'close').then(([code, signal]): Ending => {
    process.off('exit', killWithUs)
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, ...written }
  })
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => void child.kill(signal),
    logged(message) {
      const found = new Promise<Record<string, unknown>>((resolve) => {
        lines.on('line', (line) => {
          const fields = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {}
          if (fields['msg'] === message) resolve(fields)
        })
      })
      const early = ended.then(({ stdout, stderr }) => {
        throw new Error(`ended without saying "${message}":\n${stdout}${stderr}`)
      })
      const late = sleep(PATIENCE, undefined, { ref: false }).then(() => {
        throw new Error(`did not say "${message}" within ${PATIENCE} ms`)
      })
      return Promise.race([found, early, late])
    },
  }
}
