import { mkdir } from 'node:fs/promises'
import { execute, type Environment, type Outcome } from './execute.ts'
import { isolatedEnvironment } from './isolated-environment.ts'
import { cleanEnvironment, REPOSITORY_ROOT, wasmoor } from './server.ts'

/** Runs one program in one directory and environment. */
export class Program {
  readonly #program: readonly string[]
  readonly #directory: string
  readonly #environment: Environment

  private constructor(program: readonly string[], directory: string, environment: Environment) {
    this.#program = program
    this.#directory = directory
    this.#environment = environment
  }

  /** A client of the registry, with the credentials in this home directory. */
  static async forClient(program: string, directory: string, home: string): Promise<Program> {
    await mkdir(home, { recursive: true })
    return new Program([program], directory, isolatedEnvironment(home))
  }

  /** The `wasmoor` command. */
  static forWasmoor(built: boolean): Program {
    return new Program(wasmoor(built), REPOSITORY_ROOT, cleanEnvironment())
  }

  /** Runs the program and returns its standard output.
   * @throws Error if it fails */
  async run(args: readonly string[], input?: string): Promise<string> {
    return (await this.#succeed(args, input)).stdout.toString()
  }

  /** Runs the program and returns its standard error.
   * @throws Error if it fails */
  async runForStderr(args: readonly string[]): Promise<string> {
    return (await this.#succeed(args)).stderr
  }

  /** Asserts that the program fails with a message. */
  async expectFailure(message: RegExp, args: readonly string[], input?: string): Promise<void> {
    const { exitCode, stdout, stderr } = await this.#execute(args, input)
    if (exitCode === 0) throw new Error(`${args.join(' ')}\nsucceeded, but should not`)
    const output = `${stderr}${stdout.toString()}`
    if (!message.test(output))
      throw new Error(`${args.join(' ')}\nfailed with another message: ${output}`)
  }

  async #succeed(args: readonly string[], input?: string): Promise<Outcome> {
    const outcome = await this.#execute(args, input)
    const { exitCode, stdout, stderr } = outcome
    if (exitCode === 0) return outcome
    throw new Error(`${args.join(' ')}\nexit code ${exitCode}: ${stderr}${stdout.toString()}`)
  }

  #execute(args: readonly string[], input = ''): Promise<Outcome> {
    const [program = '', ...first] = this.#program
    const [directory, environment] = [this.#directory, this.#environment]
    return execute(program, [...first, ...args], { directory, environment, input })
  }
}
