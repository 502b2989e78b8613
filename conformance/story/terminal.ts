import { mkdir } from 'node:fs/promises'
import { execute, type Environment, type Outcome } from '../execute.ts'
import { environmentOf } from '../own-home.ts'
import { cleanEnvironment, repositoryRoot, wasmoor } from '../server.ts'

/** Where somebody runs a program. */
export class Terminal {
  readonly #program: readonly string[]
  readonly #directory: string
  readonly #environment: Environment

  private constructor(program: readonly string[], directory: string, environment: Environment) {
    this.#program = program
    this.#directory = directory
    this.#environment = environment
  }

  /** For a client of the registry; its credentials are those of this home. */
  static async forClient(program: string, directory: string, home: string): Promise<Terminal> {
    await mkdir(home, { recursive: true })
    return new Terminal([program], directory, environmentOf(home))
  }

  /** For our own commands. */
  static forWasmoor(built: boolean): Terminal {
    return new Terminal(wasmoor(built), repositoryRoot, cleanEnvironment())
  }

  /** Gives what the program printed. Throws where it fails. */
  async run(args: readonly string[], input?: string): Promise<string> {
    return (await this.#succeed(args, input)).stdout.toString()
  }

  /** Gives what the program said beside what it printed. Throws where it fails. */
  async heard(args: readonly string[]): Promise<string> {
    return (await this.#succeed(args)).stderr
  }

  /** The program must fail, and say why. */
  async refuse(message: RegExp, args: readonly string[], input?: string): Promise<void> {
    const { exitCode, stdout, stderr } = await this.#execute(args, input)
    if (exitCode === 0) throw new Error(`${args.join(' ')}\nwent well, and should not`)
    const output = `${stderr}${stdout.toString()}`
    if (!message.test(output)) throw new Error(`${args.join(' ')}\nfailed, but says: ${output}`)
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
