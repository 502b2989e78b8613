import { join } from 'node:path'
import { Program } from '../program.ts'
import { ensureTool } from '../tools.ts'
import type { ToolName } from '../versions.ts'
import type { WarningWatch } from './warning-watch.ts'

export interface SiteStep {
  readonly name: string
  play(site: Site): Promise<void>
}

/** Where clients, proxies and our own commands work on one open registry. */
export class Site {
  /** HOST:PORT */
  readonly host: string
  /** Working directory of the clients. */
  readonly workshop: string
  /** For what is left to look at. */
  readonly results: string
  readonly wasmoor: Program
  /** The registry again, for pushes whose warnings matter. */
  readonly watch: WarningWatch

  constructor(host: string, watch: WarningWatch, folder: string, results: string, built: boolean) {
    this.host = host
    this.watch = watch
    this.workshop = join(folder, 'workshop')
    this.results = results
    this.wasmoor = Program.forWasmoor(built)
  }

  /** Throws ToolUnavailable. */
  async client(tool: ToolName): Promise<Program> {
    const { path } = await ensureTool(tool)
    return Program.forClient(path, this.workshop, join(this.workshop, 'home'))
  }
}
