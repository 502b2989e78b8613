import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { KIB } from '../base/sizes.ts'

/**
 * Requests that may wait on a connection for the answer before theirs. Clients that pipeline send a
 * few; each more would take memory until its turn.
 */
const MOST_WAITING = 16
/** Milliseconds over which the bytes of a busy connection are counted. */
const WINDOW = 20_000
/** Bytes for each second below which a busy connection may be closed in favour of a new one. */
const SLOWEST = KIB
/** Busy connections that are looked at for each connection beyond the limit. */
const LOOKED_AT = 32

type Begin = (request: IncomingMessage, response: ServerResponse) => void

interface Connection {
  readonly socket: Socket
  /** The request that is being answered. */
  current?: ServerResponse | undefined
  readonly waiting: (readonly [IncomingMessage, ServerResponse])[]
  /** When the window began, and the bytes that the connection had moved by then. */
  since: number
  bytes: number
}

/**
 * The connections of a server. Each answers one request at a time: the next request begins when the
 * answer before is out, and requests that did not begin before their connection ended never begin
 * (RFC 9112, section 9.3.2). When there are too many connections, a new one takes the place of an
 * idle or very slow one.
 */
export class Connections {
  readonly #limit: number
  readonly #isTls: boolean
  readonly #begin: Begin
  readonly #connections = new WeakMap<Socket, Connection>()
  /** Connections without a request, the longest idle first. */
  readonly #idle = new Set<Connection>()
  readonly #busy = new Set<Connection>()
  /** Connections on which TLS is being negotiated, by their peer. */
  readonly #handshakes = new Map<string, Connection>()

  /**
   * @param limit connections
   * @param isTls whether {@link secured} follows {@link open}
   * @param begin answers a request
   */
  constructor(limit: number, isTls: boolean, begin: Begin) {
    this.#limit = limit
    this.#isTls = isTls
    this.#begin = begin
  }

  get count(): number {
    return this.#idle.size + this.#busy.size
  }

  /** Counts a new connection, and closes another one, or this one, if there are too many. */
  open(socket: Socket): void {
    const connection: Connection = { socket, waiting: [], since: 0, bytes: 0 }
    this.#connections.set(socket, connection)
    if (this.count >= this.#limit) (this.#leastUseful() ?? connection).socket.destroy()
    if (socket.destroyed) return
    this.#idle.add(connection)
    const peer = peerOf(socket)
    if (this.#isTls) this.#handshakes.set(peer, connection)
    socket.once('close', () => {
      this.#handshakes.delete(peer)
      this.#idle.delete(connection)
      this.#busy.delete(connection)
      connection.waiting.length = 0
    })
  }

  /** Takes the encrypted socket of a connection, on which its requests arrive. */
  secured(socket: TLSSocket): void {
    const peer = peerOf(socket)
    const connection = this.#handshakes.get(peer)
    if (connection) this.#connections.set(socket, connection)
    this.#handshakes.delete(peer)
  }

  /** Begins a request, at once or after those before it on its connection. */
  request(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    const connection = this.#connections.get(socket)
    // The parser goes on with the bytes that it has when a connection was closed.
    if (connection === undefined || socket.destroyed) return
    if (connection.current === undefined) this.#start(connection, request, response)
    else if (connection.waiting.length < MOST_WAITING) connection.waiting.push([request, response])
    else socket.destroy()
  }

  #start(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
    const { socket } = connection
    connection.current = response
    connection.since = performance.now()
    connection.bytes = moved(socket)
    this.#idle.delete(connection)
    this.#last(connection)
    response.once('close', () => this.#ended(connection))
    this.#begin(request, response)
  }

  #ended(connection: Connection): void {
    const { socket, waiting } = connection
    connection.current = undefined
    // After an answer with "Connection: close" the socket takes no more.
    const next = socket.destroyed || socket.writableEnded ? undefined : waiting.shift()
    if (next) this.#start(connection, ...next)
    else if (this.#busy.delete(connection) && !socket.destroyed) this.#idle.add(connection)
  }

  /** The connection that has been idle for the longest time, or a busy one that is very slow. */
  #leastUseful(): Connection | undefined {
    const [idle] = this.#idle
    if (idle) return idle
    const now = performance.now()
    let looked = 0
    for (const connection of this.#busy) {
      const { socket, since, bytes } = connection
      const elapsed = now - since
      // The set is in the order in which the windows began.
      if (elapsed < WINDOW || looked++ === LOOKED_AT) return undefined
      if ((moved(socket) - bytes) / (elapsed / 1000) < SLOWEST) return connection
      connection.since = now
      connection.bytes = moved(socket)
      this.#last(connection)
    }
    return undefined
  }

  /** Makes it the last of the busy connections. */
  #last(connection: Connection): void {
    this.#busy.delete(connection)
    this.#busy.add(connection)
  }
}

function peerOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`
}

/** Bytes in both directions. */
function moved({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten
}
