import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { networkOf } from '../auth/network.ts'
import { KIB } from '../base/sizes.ts'

/**
 * Requests that may wait on a connection for the answer before theirs. Clients that pipeline send a
 * few; each more would take memory until its turn.
 */
const MOST_WAITING = 16
/** Milliseconds over which the bytes of a busy connection are counted. */
const WINDOW = 5_000
/** Bytes for each second below which a busy connection may be closed in favour of a new one. */
const SLOWEST = KIB
/** Busy connections that are looked at for each connection beyond the limit. */
const LOOKED_AT = 32

type Begin = (request: IncomingMessage, response: ServerResponse) => void

interface Connection {
  socket: Socket
  readonly network: Network
  /** The request that is being answered. */
  current?: ServerResponse | undefined
  readonly waiting: (readonly [IncomingMessage, ServerResponse])[]
  /** When the window began, and the bytes that the connection had moved by then. */
  since: number
  bytes: number
}

/** The connections of one network. */
class Network {
  /** Connections without a request, the longest idle first. */
  readonly idle = new Set<Connection>()
  /** Connections with a request, in the order in which their windows began. */
  readonly busy = new Set<Connection>()

  get size(): number {
    return this.idle.size + this.busy.size
  }

  /** The connection that has been idle for the longest time, or a busy one that is very slow. */
  leastUseful(): Connection | undefined {
    const [idle] = this.idle
    if (idle) return idle
    const now = performance.now()
    let looked = 0
    for (const connection of this.busy) {
      const { socket, since, bytes } = connection
      const elapsed = now - since
      if (elapsed < WINDOW || looked++ === LOOKED_AT) return undefined
      if ((moved(socket) - bytes) / (elapsed / 1000) < SLOWEST) return connection
      this.beginWindow(connection, now)
    }
    return undefined
  }

  beginWindow(connection: Connection, now: number): void {
    connection.since = now
    connection.bytes = moved(connection.socket)
    this.busy.delete(connection)
    this.busy.add(connection)
  }
}

/**
 * The connections of a server. Each answers one request at a time: the next request begins when the
 * answer before is out, and requests that did not begin before their connection ended never begin
 * (RFC 9112, section 9.3.2). When there are too many connections, the network that has the most
 * gives one up: an idle one, a very slow one, or any if it has more than the network of the new
 * one.
 */
export class Connections {
  readonly #limit: number
  readonly #isTls: boolean
  readonly #begin: Begin
  readonly #connections = new WeakMap<Socket, Connection>()
  readonly #networks = new Map<string, Network>()
  /** Connections on which TLS is being negotiated, by their peer. */
  readonly #handshakes = new Map<string, Connection>()
  #count = 0

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

  /** Counts a new connection, and closes another one, or this one, if there are too many. */
  open(socket: Socket): void {
    const name = networkOf(socket.remoteAddress ?? '')
    const network = this.#networks.get(name) ?? new Network()
    if (this.#count >= this.#limit) {
      const victim = this.#victimFor(network)
      if (victim) this.#close(victim)
      else {
        socket.destroy()
        return
      }
    }
    this.#networks.set(name, network)
    const connection: Connection = { socket, network, waiting: [], since: 0, bytes: 0 }
    this.#connections.set(socket, connection)
    network.idle.add(connection)
    this.#count++
    const peer = peerOf(socket)
    if (this.#isTls) this.#handshakes.set(peer, connection)
    socket.once('close', () => {
      this.#handshakes.delete(peer)
      this.#forget(connection)
      connection.waiting.length = 0
      if (network.size === 0 && this.#networks.get(name) === network) this.#networks.delete(name)
    })
  }

  /** Takes the encrypted socket of a connection, on which its requests arrive. */
  secured(socket: TLSSocket): void {
    const peer = peerOf(socket)
    const connection = this.#handshakes.get(peer)
    if (connection) {
      connection.socket = socket
      this.#connections.set(socket, connection)
    }
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
    const { network } = connection
    connection.current = response
    network.idle.delete(connection)
    network.beginWindow(connection, performance.now())
    response.once('close', () => this.#ended(connection))
    this.#begin(request, response)
  }

  #ended(connection: Connection): void {
    const { socket, network, waiting } = connection
    connection.current = undefined
    // After an answer with "Connection: close" the socket takes no more.
    const next = socket.destroyed || socket.writableEnded ? undefined : waiting.shift()
    if (next) this.#start(connection, ...next)
    else if (network.busy.delete(connection)) network.idle.add(connection)
  }

  /** The connection that makes room for one of a network; undefined if none should. */
  #victimFor(own: Network): Connection | undefined {
    let largest = own
    for (const network of this.#networks.values())
      if (network.size > largest.size) largest = network
    const useless = largest.leastUseful()
    if (useless !== undefined || largest.size <= own.size + 1) return useless
    const [oldest] = largest.busy
    return oldest
  }

  #close(connection: Connection): void {
    // Its `close` comes later, and until then it would be chosen again.
    this.#forget(connection)
    connection.socket.destroy()
  }

  #forget(connection: Connection): void {
    const { idle, busy } = connection.network
    const wasCounted = idle.delete(connection) || busy.delete(connection)
    if (wasCounted) this.#count--
  }
}

function peerOf({ localAddress, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`
}

/** Bytes in both directions. */
function moved({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten
}
