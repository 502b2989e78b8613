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

/** The account that pushes, from the htpasswd file of the registry. */
export const ENGINEER: Credentials = { username: 'mesh-engineer', password: 'p@ss:w@rd' }

/** The account that pulls, from the Secret that both the mesh and the registry mount. */
export const PULLER: Credentials = { username: 'asmwasm-controller', password: 'pull@mesh:1' }

/** The registry of the story, and the folders of its users. */
export class StoryFixture {
  readonly location: ServerLocation
  /** HOST:PORT */
  readonly host: string
  /** The repository that is pushed to and pulled from. */
  readonly repository: string
  /** The working directory of the engineer. */
  readonly workshop: string
  /** The folder for logs and other results. */
  readonly results: string
  /** Whether `wasmoor` runs from dist/. */
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

  /** The flags by which `wasmoor` commands find the running registry. */
  get registry(): string[] {
    return ['--port', String(this.location.port), '--data', dataIn(this.location)]
  }

  /** A client with the home directory of this person.
   * @throws ToolUnavailable */
  async client(tool: ToolName, person: string): Promise<Program> {
    const { path } = await ensureTool(tool)
    const home = join(this.location.folder, 'homes', person)
    return Program.forClient(path, this.workshop, home)
  }

  /** The path of the file in a mounted Secret. */
  secret(name: string): string {
    return join(this.location.folder, 'secrets', name, '.dockerconfigjson')
  }

  /** Makes a Secret with these credentials, for this registry or another, and mounts it. */
  async mountSecretOf(login: Credentials, name: string, host = this.host): Promise<void> {
    const words = ['secret', '--host', host, '--username', login.username]
    await this.mount(await this.wasmoor.run(words, `${login.password}\n`), name)
  }

  async mount(secret: string, name: string): Promise<void> {
    await mountSecret(secret, join(this.location.folder, 'secrets', name))
  }

  /** The path of a filter that another mesh pulled. */
  fetched(name: string): string {
    return join(this.location.folder, `${name}.wasm`)
  }

  /**
   * The folder into which the controller of a node pulls filters, and from which sidecars mount
   * them.
   */
  filtersOn(node: string): string {
    return join(this.location.folder, node, 'var', 'local', 'lib', 'wasm-filters')
  }
}

/** The path, if it exists.
 * @throws PrerequisiteMissing */
export async function requireFile(path: string, what: string): Promise<string> {
  await access(path).catch(() => {
    throw new PrerequisiteMissing(`${what} is missing: see the earlier steps`)
  })
  return path
}
