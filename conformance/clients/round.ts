import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import type { Credentials, Target } from '../target.ts'
import type { ToolName } from '../versions.ts'
import { configFile, filterFile, runtimeConfig, wasmModule } from './artifacts.ts'

/** A client, and what it is made to do with a registry, step by step. */
export interface Client {
  name: string
  tool: ToolName
  steps: readonly Step[]
}

interface Step {
  name: string
  /** Left out on a registry that is open to everybody. */
  withCredentials?: boolean
  run(session: Session): Promise<void>
}

/** One client at work on one registry, in a folder and in repositories of its own. */
export class Session {
  readonly target: Target
  /** Its working directory; holds the files to push, and takes the files that are pulled. */
  readonly directory: string
  readonly repository: string
  readonly copyRepository: string
  readonly #program: string

  private constructor(client: Client, program: string, target: Target, directory: string) {
    this.target = target
    this.directory = directory
    // New names each time, for a registry that is not new.
    this.repository = `${target.host}/clients/${client.tool}-${Date.now().toString(36)}`
    this.copyRepository = `${this.repository}/copy`
    this.#program = program
  }

  static async open(client: Client, program: string, target: Target, directory: string) {
    await mkdir(join(directory, 'home'), { recursive: true })
    await writeFile(join(directory, filterFile), wasmModule)
    await writeFile(join(directory, configFile), runtimeConfig)
    return new Session(client, program, target, directory)
  }

  get credentials(): Credentials {
    if (!this.target.credentials) throw new Error('this step needs credentials')
    return this.target.credentials
  }

  /** These flags where the registry speaks plain http, none where it speaks TLS. */
  onPlainHttp(...flags: string[]): string[] {
    return this.target.plainHttp ? flags : []
  }

  /** Runs the client and gives what it printed; a failing client fails the step. */
  async run(args: readonly string[], input?: string): Promise<Buffer> {
    const { exitCode, stdout, stderr } = await this.#execute(args, input)
    if (exitCode === 0) return stdout
    throw new Error(
      `${args.join(' ')}\nexit code ${exitCode}: ${stderr}${stdout.toString()}`.trimEnd(),
    )
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

  /** The listing of the registry's repositories has the one of this session. */
  expectListed(names: readonly string[]): void {
    const name = this.repository.slice(this.target.host.length + 1)
    if (!names.includes(name)) throw new Error(`${name} is not listed`)
  }

  #execute(args: readonly string[], input = '') {
    const home = join(this.directory, 'home')
    return execute(this.#program, args, {
      directory: this.directory,
      input,
      // Nothing of the user's: no credentials, settings or caches, and no proxy either.
      environment: {
        PATH: process.env['PATH'],
        HOME: home,
        TMPDIR: home,
        XDG_CONFIG_HOME: home,
        XDG_CACHE_HOME: home,
        XDG_RUNTIME_DIR: home,
        DOCKER_CONFIG: join(home, 'docker'),
        REGCTL_CONFIG: join(home, 'regctl.json'),
        REGISTRY_AUTH_FILE: join(home, 'containers.json'),
      },
    })
  }
}

export function expectSameBytes(actual: Buffer, expected: Buffer): void {
  if (actual.equals(expected)) return
  throw new Error(`${actual.length} bytes that differ from the ${expected.length} expected`)
}

export function expectEqual(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (left !== right) throw new Error(`${left} instead of ${right}`)
}
