import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { dataIn, hostOf, type ServerLocation } from '../server.ts'
import { PrerequisiteMissing } from '../steps.ts'
import type { Credentials } from '../target.ts'
import { ensureTool } from '../tools.ts'
import type { ToolName } from '../versions.ts'
import { mountSecret } from './secrets.ts'
import { Program } from '../program.ts'

export interface StoryStep {
  readonly name: string
  run(fixture: StoryFixture): Promise<void>
}

/** Pushes; is in the registry's htpasswd file. */
export const ENGINEER: Credentials = { username: 'mesh-engineer', password: 'p@ss:w@rd' }

/** Pulls; is in the Secret that both the mesh and the registry mount. */
export const PULLER: Credentials = { username: 'asmwasm-controller', password: 'pull@mesh:1' }

/** Where the story is played: the location of the registry, and folders for those who work with it. */
export class StoryFixture {
  readonly location: ServerLocation
  /** HOST:PORT */
  readonly host: string
  /** What is pushed and pulled. */
  readonly repository: string
  /** Where the engineer works. */
  readonly workshop: string
  /** For what is left to look at. */
  readonly results: string
  /** Whether our own commands are those in dist/. */
  readonly built: boolean
  readonly wasmoor: Program

  constructor(location: ServerLocation, results: string, built: boolean) {
    this.location = location
    this.results = results
    this.built = built
    this.host = hostOf(location)
    this.repository = `${this.host}/asm/asm-test`
    this.workshop = join(location.folder, 'workshop')
    this.wasmoor = Program.forWasmoor(built)
  }

  /** Flags by which our commands find the running registry. */
  get registry(): string[] {
    return ['--port', String(this.location.port), '--data', dataIn(this.location)]
  }

  /** A client as this person has it. Throws ToolUnavailable. */
  async client(tool: ToolName, person: string): Promise<Program> {
    const { path } = await ensureTool(tool)
    const home = join(this.location.folder, 'homes', person)
    return Program.forClient(path, this.workshop, home)
  }

  /** Where a mounted Secret has its file. */
  secret(name: string): string {
    return join(this.location.folder, 'secrets', name, '.dockerconfigjson')
  }

  /** Makes a Secret of a password, for this registry or another, and mounts it. */
  async mountSecretOf(login: Credentials, name: string, host = this.host): Promise<void> {
    const words = ['secret', '--host', host, '--username', login.username]
    await this.mount(await this.wasmoor.run(words, `${login.password}\n`), name)
  }

  async mount(secret: string, name: string): Promise<void> {
    await mountSecret(secret, join(this.location.folder, 'secrets', name))
  }

  /** Where a filter is put that another mesh took from the registry. */
  fetched(name: string): string {
    return join(this.location.folder, `${name}.wasm`)
  }

  /** Where the controller of a node puts the filters, and sidecars mount them from. */
  filtersOn(node: string): string {
    return join(this.location.folder, node, 'var', 'local', 'lib', 'wasm-filters')
  }
}

/** The path, if there is anything. Throws NothingToWorkOn. */
export async function requireFile(path: string, what: string): Promise<string> {
  await access(path).catch(() => {
    throw new PrerequisiteMissing(`${what} is missing: see the steps before`)
  })
  return path
}
