import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execute, type Outcome } from '../execute.ts'
import { isolatedEnvironment } from '../isolated-environment.ts'
import type { Credentials, Target } from '../target.ts'
import { expectSameBytes } from '../expect.ts'
import { CONFIG_FILE, FILTER_FILE, RUNTIME_CONFIG, WASM_MODULE } from './artifacts.ts'

/** The client ended with an exit code that is not 0. */
export class ClientFailed extends Error {
  /** What it wrote to its terminal. */
  readonly output: string

  constructor(args: readonly string[], { exitCode, stdout, stderr }: Outcome) {
    const output = `${stderr}${stdout.toString()}`.trimEnd()
    super(`${args.join(' ')}\nexit code ${exitCode}: ${output}`)
    this.output = output
  }
}

/** One client at work on one registry, in a folder and in repositories of its own. */
export class ClientRunner {
  readonly target: Target
  /** Its working directory; holds the files to push, and takes the files that are pulled. */
  readonly directory: string
  readonly repository: string
  readonly copyRepository: string
  /** The same work by somebody else, who only pulls, where that takes no credentials. */
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
    // New names each time, for a registry that is not new.
    const repository = `${target.host}/clients/${name}-${Date.now().toString(36)}`
    const home = join(directory, 'home')
    await mkdir(home)
    return new ClientRunner(program, target, directory, repository, home)
  }

  /** The same work with a home of its own, and so with no credentials or with others. */
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

  /** These flags where the registry speaks plain http, none where it speaks TLS. */
  onPlainHttp(...flags: string[]): string[] {
    return this.target.plainHttp ? flags : []
  }

  /** Runs the client and gives what it printed. Throws ClientFailed. */
  async run(args: readonly string[], input?: string): Promise<Buffer> {
    const outcome = await this.#execute(args, input)
    if (outcome.exitCode === 0) return outcome.stdout
    throw new ClientFailed(args, outcome)
  }

  async runForLines(args: readonly string[]): Promise<string[]> {
    return (await this.run(args)).toString().split('\n').filter(Boolean)
  }

  /** The client must fail, and because the registry says that there is no such thing. */
  async expectNotFound(args: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.#execute(args)
    if (exitCode === 0) throw new Error(`${args.join(' ')}\nfound, and should not be`)
    const saysNotFound = /not found|manifest unknown|(MANIFEST|BLOB)_UNKNOWN/i.test(stderr)
    if (!saysNotFound) throw new Error(`${args.join(' ')}\n${stderr}`)
  }

  /** The file, which the client has just pulled, holds the bytes that were pushed. */
  async expectFile(path: string, expected: Buffer): Promise<void> {
    expectSameBytes(await readFile(join(this.directory, path)), expected)
  }

  /** The listing of the registry's repositories has the one of this runner. */
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
