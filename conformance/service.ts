import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from './execute.ts'

const START_TIMEOUT_SECONDS = 60
const STOP_TIMEOUT_SECONDS = 20

interface ServiceOptions {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  /** An address that answers once the service is ready; alternatively {@link ready}. */
  readonly url?: string
  readonly ready?: () => Promise<boolean>
  /** The file for the output of the service. */
  readonly log: string
  readonly directory: string
  readonly environment: Environment
}

/** A program that runs in the background. */
export class Service {
  readonly #options: ServiceOptions
  readonly #child: ChildProcess
  readonly #killWithUs: () => void

  private constructor(options: ServiceOptions, child: ChildProcess) {
    this.#options = options
    this.#child = child
    this.#killWithUs = () => child.kill('SIGKILL')
    process.once('exit', this.#killWithUs)
  }

  /** Starts the program, and resolves when it is ready. */
  static async start(options: ServiceOptions): Promise<Service> {
    await mkdir(dirname(options.log), { recursive: true })
    const log = await open(options.log, 'w')
    const child = spawn(options.program, options.args, {
      cwd: options.directory,
      env: options.environment,
      stdio: ['ignore', log.fd, log.fd],
    })
    const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error))
    await log.close()
    const service = new Service(options, child)
    try {
      await Promise.race([service.#untilAnswering(), failed])
    } catch (error) {
      await service.stop().catch(() => {})
      throw error
    }
    return service
  }

  /** Stops the program.
   * @throws Error if it had ended by itself, or does not end */
  async stop(): Promise<void> {
    const { name } = this.#options
    try {
      if (this.#hasEnded) throw new Error(`${name} ended unexpectedly:\n${await this.#lastLines()}`)
      const ended = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      const patience = new AbortController()
      const late = sleep(STOP_TIMEOUT_SECONDS * 1000, 'late', { signal: patience.signal })
      const first = await Promise.race([ended, late])
      if (first !== 'late') {
        late.catch(() => {})
        patience.abort()
        return
      }
      this.#child.kill('SIGKILL')
      await ended
      throw new Error(`${name} had to be killed, ${STOP_TIMEOUT_SECONDS} s after SIGTERM`)
    } finally {
      process.off('exit', this.#killWithUs)
    }
  }

  async #untilAnswering(): Promise<void> {
    const { name, url, ready = () => answers(url!) } = this.#options
    const deadline = Date.now() + START_TIMEOUT_SECONDS * 1000
    while (Date.now() < deadline) {
      if (this.#hasEnded) throw new Error(`${name} did not start:\n${await this.#lastLines()}`)
      if (await ready()) return
      await sleep(50)
    }
    throw new Error(`${name} did not answer within ${START_TIMEOUT_SECONDS} s`)
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async #lastLines(): Promise<string> {
    const text = await readFile(this.#options.log, 'utf8')
    return text.trimEnd().split('\n').slice(-20).join('\n')
  }
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined)
  await response?.body?.cancel()
  return response !== undefined
}
