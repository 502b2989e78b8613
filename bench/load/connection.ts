import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { KIB } from '../../src/base/sizes.ts'

export interface Answer {
  readonly status: number
  /** The Content-Length, also of a response to HEAD, which has no body. */
  readonly length: number
  readonly location: string | undefined
}

interface Waiting {
  readonly bodiless: boolean
  resolve(answer: Answer): void
  reject(error: Error): void
}

/**
 * One persistent HTTP/1.1 connection with one request at a time. node:http would take about as much
 * CPU per request as the servers under test, which share the machine with their clients.
 */
export class Connection {
  readonly #socket: Socket
  #waiting: Waiting | undefined
  #head = Buffer.alloc(0)
  #answer: Answer | undefined
  #missing = 0
  #writable = () => {}

  private constructor(port: number) {
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(256 * KIB),
        callback: (size, buffer) => this.#read((buffer as Buffer).subarray(0, size)),
      },
    })
    this.#socket.setTimeout(60_000, () => this.#socket.destroy(new Error('no answer for 60 s')))
    this.#socket.on('drain', () => this.#writable())
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  static async open(port: number): Promise<Connection> {
    const connection = new Connection(port)
    await once(connection.#socket, 'connect')
    return connection
  }

  /** @param head the request line and headers, with the final empty line */
  request(head: string, body: Iterable<Buffer> = []): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { bodiless: head.startsWith('HEAD '), resolve, reject }
      this.#write(head, body).catch(reject)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  async #write(head: string, body: Iterable<Buffer>): Promise<void> {
    this.#socket.cork()
    this.#socket.write(head, 'latin1')
    let corked = true
    for (const part of body) {
      const more = this.#socket.write(part)
      if (more) continue
      if (corked) this.#socket.uncork()
      corked = false
      // After an early error response, the server no longer reads the body.
      if (this.#waiting === undefined) return
      await new Promise<void>((resolve) => (this.#writable = resolve))
    }
    if (corked) this.#socket.uncork()
  }

  #read(bytes: Buffer): boolean {
    if (this.#answer === undefined) this.#readHead(bytes)
    else this.#readBody(bytes.length)
    return true
  }

  #readHead(bytes: Buffer): void {
    const head = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) {
      this.#head = Buffer.from(head)
      return
    }
    this.#head = Buffer.alloc(0)
    const text = head.toString('latin1', 0, end)
    const status = Number(text.slice(9, 12))
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
    const bodiless = this.#waiting?.bodiless === true || status === 204 || status === 304
    if (length === undefined && !bodiless) {
      this.#socket.destroy(new Error(`an answer without Content-Length:\n${text}`))
      return
    }
    const location = /\r\nlocation: *([^\r]+)/i.exec(text)?.[1]
    this.#answer = { status, length: Number(length ?? 0), location }
    this.#missing = bodiless ? 0 : this.#answer.length
    this.#readBody(head.length - end - 4)
  }

  #readBody(size: number): void {
    this.#missing -= size
    if (this.#missing > 0) return
    const waiting = this.#waiting
    const answer = this.#answer
    if (this.#missing < 0 || waiting === undefined || answer === undefined) {
      this.#socket.destroy(new Error('the response is longer than its Content-Length'))
      return
    }
    this.#waiting = undefined
    this.#answer = undefined
    waiting.resolve(answer)
  }

  #fail(error: Error): void {
    this.#writable()
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }
}
