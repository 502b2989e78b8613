import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningServer, startServer } from '../../src/app.ts'
import type { Config } from '../../src/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { KeptLog } from './kept-log.ts'
import { Requests } from './requests.ts'

/** Values of the configuration by key, such as `limits.blobSize`, written as for a flag. */
export type Settings = Readonly<Record<string, string>>

export interface TestServer extends Requests {
  readonly data: string
  readonly log: KeptLog
  /** Drains like the process after a signal. */
  drain(grace: number): Promise<void>
  /** Stops the server, and deletes its data directory unless the test gave one. */
  stop(): Promise<void>
}

class ServerInProcess extends Requests implements TestServer {
  readonly data: string
  readonly log: KeptLog
  readonly #running: RunningServer
  #drained: Promise<void> | undefined
  readonly #keepData: boolean

  constructor(running: RunningServer, data: string, log: KeptLog, keepData: boolean) {
    super(running.address)
    this.#running = running
    this.data = data
    this.log = log
    this.#keepData = keepData
  }

  drain(grace: number): Promise<void> {
    this.close()
    this.#drained ??= this.#running.drain(grace)
    return this.#drained
  }

  async stop(): Promise<void> {
    await this.drain(0)
    if (!this.#keepData) await rm(this.data, { recursive: true, force: true })
  }
}

/**
 * Starts a server in this process, on a free port of 127.0.0.1, over a data directory of its own or
 * the one in `settings`. It is stopped after `test`, if given.
 */
export async function startTestServer(
  settings: Settings = {},
  test?: { after(work: () => Promise<void>): void },
): Promise<TestServer> {
  const data = settings['data'] ?? (await mkdtemp(join(tmpdir(), 'wasmoor-test-')))
  const log = new KeptLog()
  const running = await startServer(testConfig({ ...settings, data }), log)
  const server = new ServerInProcess(running, data, log, 'data' in settings)
  test?.after(() => server.stop())
  return server
}

/** The default configuration, but for a free port and no syncing, which would cost time. */
export function testConfig(settings: Settings): Config {
  const flags = new Map(Object.entries({ port: '0', durability: 'none', ...settings }))
  return loadConfig({ flags, environment: {} })
}
