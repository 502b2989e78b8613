import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execFileAsync = promisify(execFile)

export type Environment = Record<string, string | undefined>

interface ExecuteOptions {
  readonly environment?: Environment
  readonly directory?: string
  readonly input?: string
  readonly timeoutSeconds?: number
}

export interface Outcome {
  readonly exitCode: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** Runs a program without a shell. A failing exit code is a result, not an exception. */
export async function execute(
  program: string,
  args: readonly string[],
  options: ExecuteOptions = {},
): Promise<Outcome> {
  const timeoutSeconds = options.timeoutSeconds ?? 120
  const running = execFileAsync(program, args, {
    env: options.environment ?? process.env,
    cwd: options.directory,
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
    timeout: timeoutSeconds * 1000,
    killSignal: 'SIGKILL',
  })
  // A program that ends without reading its input breaks the pipe; only its exit code matters.
  running.child.stdin?.on('error', () => {})
  running.child.stdin?.end(options.input ?? '')
  try {
    const { stdout, stderr } = await running
    return { exitCode: 0, stdout, stderr: stderr.toString() }
  } catch (error) {
    const failure = error as { code?: unknown; killed?: boolean; stdout: Buffer; stderr: Buffer }
    if (typeof failure.code === 'number') {
      return { exitCode: failure.code, stdout: failure.stdout, stderr: failure.stderr.toString() }
    }
    if (failure.killed) {
      throw new Error(`${program} did not finish within ${timeoutSeconds} s`, { cause: error })
    }
    throw error
  }
}

/** The environment of this process without variables that begin with one of the prefixes. */
export function environmentWithout(...prefixes: string[]): Environment {
  const kept = Object.entries(process.env).filter(
    ([name]) => !prefixes.some((prefix) => name.startsWith(prefix)),
  )
  return Object.fromEntries(kept)
}
