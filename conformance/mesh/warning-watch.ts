import { once } from 'node:events'
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Stands between clients and the registry, and keeps the warnings that the registry gives: no
 * client shows them all.
 */
export class WarningWatch {
  /** HOST:PORT */
  readonly host: string
  readonly #server: Server
  #warnings: string[] = []

  private constructor(server: Server, target: string) {
    this.#server = server
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (asked, answer) => this.#pass(target, asked, answer))
  }

  /** @param target HOST:PORT of the registry, which need not run yet */
  static async open(target: string): Promise<WarningWatch> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new WarningWatch(server, target)
  }

  /** The warnings since the last call. */
  take(): string[] {
    const warnings = this.#warnings
    this.#warnings = []
    return warnings
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  #pass(target: string, asked: IncomingMessage, answer: ServerResponse): void {
    const { method, url, headers } = asked
    const passed = request(`http://${target}${url}`, { method, headers, agent: false }, (given) => {
      this.#warnings.push(...(given.headersDistinct['warning'] ?? []))
      answer.writeHead(given.statusCode ?? 502, given.rawHeaders)
      given.pipe(answer)
    })
    passed.on('error', () => answer.destroy())
    asked.pipe(passed)
  }
}
