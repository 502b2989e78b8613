import { type Settings, startTestServer, type TestServer } from './server.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/**
 * Servers one after the other over the same data directory, because a new store takes longer than
 * ten starts.
 */
export class SuccessiveServers {
  readonly data: string
  #last: TestServer | undefined

  private constructor(data: string) {
    this.data = data
  }

  static async open(test: { after(work: () => Promise<void>): void }): Promise<SuccessiveServers> {
    const servers = new SuccessiveServers(await temporaryDirectory(test))
    test.after(() => servers.stop())
    return servers
  }

  /** Stops the last server and starts the next. */
  async start(settings: Settings = {}): Promise<TestServer> {
    await this.stop()
    this.#last = await startTestServer({ ...settings, data: this.data })
    return this.#last
  }

  async stop(): Promise<void> {
    await this.#last?.stop()
    this.#last = undefined
  }
}
