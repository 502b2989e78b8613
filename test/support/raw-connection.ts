import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

export interface RawAnswer {
  readonly status: number
  readonly statusLine: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * A TCP connection on which a test writes what it likes, and reads HTTP answers one after the
 * other.
 */
export class RawConnection {
  readonly socket: Socket
  /** Resolves when the connection is closed, whoever did it and however. */
  readonly closed: Promise<void>
  #received = Buffer.alloc(0)
  #ended = false
  #wake: () => void = () => undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes])
      this.#wake()
    })
    // A reset is one of the ways in which a connection ends.
    socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#ended = true
        this.#wake()
        resolve()
      })
    })
  }

  /** @param localAddress an address of this machine from which the connection comes */
  static async open(
    { host, port }: { host: string; port: number },
    localAddress?: string,
  ): Promise<RawConnection> {
    const socket = connect({ host, port, noDelay: true, ...(localAddress && { localAddress }) })
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  write(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** Lines of a head, each to be ended by CRLF, and what follows it. */
  request(lines: readonly string[], body: string | Uint8Array = ''): void {
    this.write(
      Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]),
    )
  }

  /**
   * The next answer, by its Content-Length; `bodiless` for the answer to a HEAD. Fails if the
   * connection ends before.
   */
  async answer(bodiless = false): Promise<RawAnswer> {
    const end = await this.#until(() => {
      const at = this.#received.indexOf('\r\n\r\n')
      return at === -1 ? undefined : at
    })
    const [statusLine = '', ...lines] = this.#received
      .subarray(0, end)
      .toString('latin1')
      .split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    )
    const status = Number(statusLine.split(' ')[1])
    const empty = bodiless || status < 200 || status === 204 || status === 304
    const length = empty ? 0 : Number(headers['content-length'] ?? 0)
    await this.#until(() => (this.#received.byteLength >= end + 4 + length ? true : undefined))
    const body = this.#received.subarray(end + 4, end + 4 + length).toString('latin1')
    this.#received = this.#received.subarray(end + 4 + length)
    return { status, statusLine, headers, body }
  }

  /** Everything that is still received until the other side closes. */
  async rest(): Promise<string> {
    await this.closed
    return this.#received.toString('latin1')
  }

  destroy(): void {
    this.socket.destroy()
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      if (this.#ended) {
        throw new Error(
          `the connection ended after ${JSON.stringify(this.#received.toString('latin1'))}`,
        )
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
