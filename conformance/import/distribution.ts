import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execute } from '../execute.ts'
import { freePort } from '../free-port.ts'
import { cleanEnvironment } from '../server.ts'
import { Service } from '../service.ts'
import { ensureTool } from '../tools.ts'

/** The registry of the distribution project, from the package docker-registry. */
export class Distribution {
  /** HOST:PORT */
  readonly host: string
  /** Its storage. */
  readonly root: string
  readonly #program: string
  readonly #config: string
  readonly #log: string

  private constructor(program: string, folder: string, port: number, log: string) {
    this.host = `127.0.0.1:${port}`
    this.root = join(folder, 'registry')
    this.#program = program
    this.#config = join(folder, 'distribution.yml')
    this.#log = log
  }

  /** @throws ToolUnavailable */
  static async make(folder: string, log: string): Promise<Distribution> {
    const { path } = await ensureTool('docker-registry')
    const distribution = new Distribution(path, folder, await freePort(), log)
    await mkdir(distribution.root, { recursive: true })
    const config = {
      version: 0.1,
      storage: {
        filesystem: { rootdirectory: distribution.root },
        delete: { enabled: true },
      },
      http: { addr: distribution.host },
    }
    // JSON is YAML.
    await writeFile(distribution.#config, JSON.stringify(config))
    return distribution
  }

  /** Serves until `use` resolves. */
  async serve(use: () => Promise<void>): Promise<void> {
    const service = await Service.start({
      name: 'docker-registry',
      program: this.#program,
      args: ['serve', this.#config],
      url: `http://${this.host}/v2/`,
      log: this.#log,
      directory: this.root,
      environment: cleanEnvironment(),
    })
    try {
      await use()
    } finally {
      await service.stop()
    }
  }

  async collectGarbage(): Promise<void> {
    const args = ['garbage-collect', this.#config]
    const { exitCode, stderr } = await execute(this.#program, args, {
      environment: cleanEnvironment(),
    })
    if (exitCode !== 0) throw new Error(`garbage-collect failed: ${stderr}`)
  }
}
