import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execute, type Environment } from '../execute.ts'
import { Service } from '../service.ts'
import { ensureTool } from '../tools.ts'
import { ToolUnavailable } from '../tools/cache.ts'

/** Builds take minutes, because every step copies the whole file system. */
const TIMEOUT_SECONDS = 1800

/** A Docker daemon of its own: without systemd, bridge or the data of another daemon. */
export class Docker {
  readonly #folder: string
  readonly #client: string
  readonly #daemon: Service
  readonly #environment: Environment

  private constructor(folder: string, client: string, daemon: Service, environment: Environment) {
    this.#folder = folder
    this.#client = client
    this.#daemon = daemon
    this.#environment = environment
  }

  /** @throws ToolUnavailable if Docker is not installed, or no daemon can run here */
  static async start(folder: string, log: string): Promise<Docker> {
    if (process.getuid?.() !== 0) throw new ToolUnavailable('only root can start a Docker daemon')
    const [{ path: dockerd }, { path: client }] = [
      await ensureTool('dockerd'),
      await ensureTool('docker'),
    ]
    const socket = join(folder, 'docker.sock')
    const home = join(folder, 'home')
    await mkdir(home, { recursive: true })
    const environment = {
      PATH: process.env['PATH'],
      HOME: home,
      DOCKER_HOST: `unix://${socket}`,
      // The classic builder: BuildKit is a plugin that not every Docker has.
      DOCKER_BUILDKIT: '0',
    }
    const args = [
      `--data-root=${join(folder, 'data')}`,
      `--exec-root=${join(folder, 'exec')}`,
      `--host=unix://${socket}`,
      `--pidfile=${join(folder, 'docker.pid')}`,
    ]
    try {
      const daemon = await Service.start({
        name: 'the Docker daemon',
        program: dockerd,
        args: [...args, '--iptables=false', '--bridge=none', '--storage-driver=vfs'],
        ready: async () => (await execute(client, ['version'], { environment })).exitCode === 0,
        log,
        directory: folder,
        environment: process.env,
      })
      return new Docker(folder, client, daemon, environment)
    } catch (error) {
      throw new ToolUnavailable(`no Docker daemon can run here: ${(error as Error).message}`)
    }
  }

  /** Runs a Docker command and returns its output.
   * @throws Error if its exit code is not 0 */
  async run(args: readonly string[], input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await execute(this.#client, args, {
      environment: this.#environment,
      timeoutSeconds: TIMEOUT_SECONDS,
      ...(input !== undefined && { input }),
    })
    const text = stdout.toString()
    if (exitCode === 0) return text.trim()
    throw new Error(`docker ${args.join(' ')}\nexit code ${exitCode}: ${stderr}${text}`.trim())
  }

  /** The output of a container, on both streams. */
  async logs(container: string): Promise<string> {
    const { stdout, stderr } = await execute(this.#client, ['logs', container], {
      environment: this.#environment,
    })
    return `${stdout.toString()}${stderr}`
  }

  /** Stops the daemon, and unmounts what it leaves mounted, so that its folder can be deleted. */
  async stop(): Promise<void> {
    await this.#daemon.stop()
    const mounts = await readFile('/proc/self/mounts', 'utf8')
    const left = mounts
      .split('\n')
      .flatMap((line) => line.split(' ')[1] ?? [])
      .filter((place) => place.startsWith(`${this.#folder}/`))
    for (const place of left.toReversed()) await execute('umount', [place])
  }
}
