import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execute, type Outcome } from '../execute.ts'
import { isolatedEnvironment } from '../isolated-environment.ts'
import type { Credentials, Target } from '../target.ts'
import { expectSameBytes } from '../expect.ts'
import { CONFIG_FILE, FILTER_FILE, RUNTIME_CONFIG, WASM_MODULE } from './artifacts.ts'

/** The client ended with an exit code that is not 0. */
export class ClientFailed extends Error {
  /** Its output on both streams. */
  readonly output: string

  constructor(args: readonly string[], { exitCode, stdout, stderr }: Outcome) {
    const output = `${stderr}${stdout.toString()}`.trimEnd()
    super(`${args.join(' ')}\nexit code ${exitCode}: ${output}`)
    this.output = output
  }
}

/** Runs one client against one registry, in a directory and repositories of its own. */
export class ClientRunner {
  readonly target: Target
  /** The working directory of the client, with the files to push and the pulled ones. */
  readonly directory: string
  readonly repository: string
  readonly copyRepository: string
  /** The runner for pulls: without credentials where the registry allows anonymous pulls. */
  reader: ClientRunner = this
  readonly #program: string
  readonly #home: string

  private constructor(
    program: string,
    target: Target,
    directory: string,
    repository: string,
    home: string,
  ) {
    this.target = target
    this.directory = directory
    this.repository = repository
    this.copyRepository = `${repository}/copy`
    this.#program = program
    this.#home = home
  }

  static async open(name: string, program: string, target: Target, directory: string) {
    await writeFile(join(directory, FILTER_FILE), WASM_MODULE)
    await writeFile(join(directory, CONFIG_FILE), RUNTIME_CONFIG)
    // A registry given by --registry may have repositories of earlier runs.
    const repository = `${target.host}/clients/${name}-${Date.now().toString(36)}`
    const home = join(directory, 'home')
    await mkdir(home)
    return new ClientRunner(program, target, directory, repository, home)
  }

  /**
   * A runner of the same client with another home directory, and thus other credentials or none.
   */
  async as(person: string, credentials?: Credentials): Promise<ClientRunner> {
    const home = join(this.directory, `home-of-${person}`)
    await mkdir(home)
    const target = { ...this.target, credentials }
    return new ClientRunner(this.#program, target, this.directory, this.repository, home)
  }

  get credentials(): Credentials {
    if (!this.target.credentials) throw new Error('this step needs credentials')
    return this.target.credentials
  }

  /** The flags if the registry speaks plain HTTP; none if it speaks TLS. */
  onPlainHttp(...flags: string[]): string[] {
    return this.target.plainHttp ? flags : []
  }

  /** Runs the client and returns its standard output.
   * @throws ClientFailed */
  async run(args: readonly string[], input?: string): Promise<Buffer> {
    const outcome = await this.#execute(args, input)
    if (outcome.exitCode === 0) return outcome.stdout
    throw new ClientFailed(args, outcome)
  }

  async runForLines(args: readonly string[]): Promise<string[]> {
    return (await this.run(args)).toString().split('\n').filter(Boolean)
  }

  /** Asserts that the client fails because the registry does not have the content. */
  async expectNotFound(args: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.#execute(args)
    if (exitCode === 0) throw new Error(`${args.join(' ')}\nfound, but should not be`)
    const saysNotFound = /not found|manifest unknown|(MANIFEST|BLOB)_UNKNOWN/i.test(stderr)
    if (!saysNotFound) throw new Error(`${args.join(' ')}\n${stderr}`)
  }

  /** Asserts that a pulled file has the bytes that were pushed. */
  async expectFile(path: string, expected: Buffer): Promise<void> {
    expectSameBytes(await readFile(join(this.directory, path)), expected)
  }

  /** Asserts that a list of repositories contains the one of this runner. */
  expectListed(names: readonly string[]): void {
    const name = this.repository.slice(this.target.host.length + 1)
    if (!names.includes(name)) throw new Error(`${name} is not listed`)
  }

  #execute(args: readonly string[], input = ''): Promise<Outcome> {
    return execute(this.#program, args, {
      directory: this.directory,
      input,
      environment: isolatedEnvironment(this.#home),
    })
  }
}
