import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { dataIn, hostOf, type Place } from '../server.ts'
import { NothingToWorkOn } from '../steps.ts'
import type { Credentials } from '../target.ts'
import { ensureTool } from '../tools.ts'
import type { ToolName } from '../versions.ts'
import { mountSecret } from './secrets.ts'
import { Terminal } from './terminal.ts'

export interface StoryStep {
  name: string
  play(stage: Stage): Promise<void>
}

/** Pushes; is in the registry's htpasswd file. */
export const engineer: Credentials = { username: 'mesh-engineer', password: 'p@ss:w@rd' }

/** Pulls; is in the Secret that both the mesh and the registry mount. */
export const puller: Credentials = { username: 'asmwasm-controller', password: 'pull@mesh:1' }

/** Where the story is played: the place of the registry, and folders for those who work with it. */
export class Stage {
  readonly place: Place
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
  readonly wasmoor: Terminal

  constructor(place: Place, results: string, built: boolean) {
    this.place = place
    this.results = results
    this.built = built
    this.host = hostOf(place)
    this.repository = `${this.host}/asm/asm-test`
    this.workshop = join(place.folder, 'workshop')
    this.wasmoor = Terminal.forWasmoor(built)
  }

  /** Flags by which our commands find the running registry. */
  get registry(): string[] {
    return ['--port', String(this.place.port), '--data', dataIn(this.place)]
  }

  /** A client as this person has it. Throws ToolUnavailable. */
  async client(tool: ToolName, person: string): Promise<Terminal> {
    const { path } = await ensureTool(tool)
    const home = join(this.place.folder, 'homes', person)
    return Terminal.forClient(path, this.workshop, home)
  }

  /** Where a mounted Secret has its file. */
  secret(name: string): string {
    return join(this.place.folder, 'secrets', name, '.dockerconfigjson')
  }

  /** Makes a Secret of a password, for this registry or another, and mounts it. */
  async mountSecretOf(login: Credentials, name: string, host = this.host): Promise<void> {
    const words = ['secret', '--host', host, '--username', login.username]
    await this.mount(await this.wasmoor.run(words, `${login.password}\n`), name)
  }

  async mount(secret: string, name: string): Promise<void> {
    await mountSecret(secret, join(this.place.folder, 'secrets', name))
  }

  /** Where a filter is put that another mesh took from the registry. */
  fetched(name: string): string {
    return join(this.place.folder, `${name}.wasm`)
  }

  /** Where the controller of a node puts the filters, and sidecars mount them from. */
  filtersOn(node: string): string {
    return join(this.place.folder, node, 'var', 'local', 'lib', 'wasm-filters')
  }
}

/** The path, if there is anything. Throws NothingToWorkOn. */
export async function existing(path: string, what: string): Promise<string> {
  await access(path).catch(() => {
    throw new NothingToWorkOn(`${what} is missing: see the steps before`)
  })
  return path
}
