import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type TLSSocket } from 'node:tls'
import { messageOf } from '../base/errno.ts'
import { watchText } from '../base/watched-file.ts'
import type { Log } from '../base/log.ts'
import { KIB } from '../base/sizes.ts'
import { awaitsContinue } from './body.ts'
import { Connections } from './connections.ts'

export interface ServerOptions {
  readonly host: string
  readonly port: number
  /** Paths of PEM files; both or neither. */
  readonly tls: { readonly certificate: string | null; readonly key: string | null }
  /** Bytes. */
  readonly headerSize: number
  /** Milliseconds. */
  readonly headersTimeout: number
  readonly idleTimeout: number
  readonly keepAliveTimeout: number
  /** Connections at the same time; beyond that idle and very slow ones are closed. */
  readonly connections: number
  readonly log: Log
}

/**
 * RFC 9325, sections 3.1.1 and 4.2: no version before 1.2, and of the suites of 1.2 only those with
 * forward secrecy and authenticated encryption.
 */
const TLS = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE+AESGCM',
    'ECDHE+CHACHA20',
  ].join(':'),
} as const
/** Milliseconds. */
const HANDSHAKE_TIMEOUT = 10_000

/**
 * Milliseconds for which idle connections stay open once the server accepts no more: a request may
 * be on its way on a connection that was accepted before.
 */
const LAST_REQUEST_WAIT = 500
/**
 * Bytes that the streams of a connection buffer. Node's default of 64 KiB multiplies with the
 * number of uploads.
 */
const STREAM_BUFFER = 16 * KIB
/** Milliseconds. A connection is idle as soon as its last answer is sent. */
const IDLE_CHECK_INTERVAL = 100

/**
 * Answers a request. Resolves when all work for it has ended, which may be after its connection has
 * ended.
 */
export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** The listening socket, plain or TLS, never both. */
export class HttpServer {
  readonly #server: Server
  readonly #stopWatching: () => void
  readonly #running = new Set<Promise<void>>()

  private constructor(server: Server, stopWatching: () => void) {
    this.#server = server
    this.#stopWatching = stopWatching
  }

  /** @throws Error for the operator */
  static async listen(options: ServerOptions, handle: Handle): Promise<HttpServer> {
    const { server, stopWatching } = await create(options)
    const listening = new HttpServer(server, stopWatching)
    server.setTimeout(options.idleTimeout)
    // By default Node drops headers after the 2000th: maxHeaderSize is the limit, with 431.
    server.maxHeadersCount = 0
    const isTls = options.tls.certificate !== null
    const connections = new Connections(options.connections, isTls, (request, response) =>
      listening.#run(handle, request, response, options.log),
    )
    server.on('connection', (socket: Socket) => connections.open(socket))
    server.on('secureConnection', (socket: TLSSocket) => connections.secured(socket))
    server.on('request', (request, response) => connections.request(request, response))
    // Node would answer "100 Continue" at once. The reader of the body does so when it wants the
    // body.
    server.on('checkContinue', (request, response) => {
      awaitsContinue(request)
      connections.request(request, response)
    })
    await bind(server, options)
    return listening
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Requests that are being answered. */
  get running(): number {
    return this.#running.size
  }

  /**
   * Accepts no more connections, and resolves when the running requests have ended. After `grace`
   * milliseconds it closes their connections; uploads keep the bytes that arrived.
   */
  async close(grace: number): Promise<void> {
    this.#stopWatching()
    const closed = new Promise<void>((resolve) => {
      // Not `close` of the HTTP server, which also closes accepted connections without a request.
      NetServer.prototype.close.call(this.#server, () => resolve())
    })
    const started = performance.now()
    const idle = setInterval(() => {
      if (performance.now() - started >= LAST_REQUEST_WAIT) this.#server.closeIdleConnections()
    }, IDLE_CHECK_INTERVAL)
    const late = setTimeout(() => this.#server.closeAllConnections(), grace)
    await closed
    clearInterval(idle)
    clearTimeout(late)
    // Stops the timers of the HTTP server.
    this.#server.close()
    await Promise.all(this.#running)
  }

  #run(handle: Handle, request: IncomingMessage, response: ServerResponse, log: Log): void {
    const ended = handle(request, response)
      .catch((error: unknown) => {
        log.error({ err: error }, 'a request could not be answered')
        response.destroy()
      })
      .finally(() => this.#running.delete(ended))
    this.#running.add(ended)
  }
}

async function create(
  options: ServerOptions,
): Promise<{ server: Server; stopWatching: () => void }> {
  const { tls, headerSize: maxHeaderSize, headersTimeout, keepAliveTimeout } = options
  // An upload may take any time while bytes arrive: only idle connections are closed.
  const settings = {
    maxHeaderSize,
    headersTimeout,
    keepAliveTimeout,
    requestTimeout: 0,
    // By default Node drops all but the first Host, Authorization or Content-Type. As a list, they
    // are refused where they are read.
    joinDuplicateHeaders: true,
    highWaterMark: STREAM_BUFFER,
    // The interval of the check of headersTimeout; with Node's default of 30 seconds the timeout
    // would have no effect of its own.
    connectionsCheckingInterval: Math.ceil(headersTimeout / 4),
  }
  const { certificate, key } = tls
  if (certificate === null && key === null)
    return { server: createServer(settings), stopWatching: () => undefined }
  if (certificate === null || key === null)
    throw new Error('tls.certificate and tls.key belong together: set both')
  let server: TlsServer | undefined
  // Watched before it is read, so that no change is missed.
  const stopWatching = watchPair(certificate, key, options.log, (pair) =>
    server?.setSecureContext({ ...pair, ...TLS }),
  )
  try {
    const pair = await readPair(certificate, key)
    server = createTlsServer({
      ...settings,
      ...pair,
      ...TLS,
      handshakeTimeout: HANDSHAKE_TIMEOUT,
    })
    return { server, stopWatching }
  } catch (error) {
    stopWatching()
    throw error
  }
}

interface Pair {
  readonly cert: string
  readonly key: string
}

async function readPair(certificate: string, key: string): Promise<Pair> {
  try {
    const pair = { cert: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') }
    createSecureContext(pair)
    return pair
  } catch (error) {
    throw new Error(`tls.certificate ${certificate} with tls.key ${key}: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

/**
 * Certificate and key are two files that do not change at the same time: the old pair stays in use
 * until the new ones match.
 */
function watchPair(
  certificate: string,
  key: string,
  log: Log,
  use: (pair: Pair) => void,
): () => void {
  const reload = () => {
    readPair(certificate, key).then(
      (pair) => {
        use(pair)
        log.info({ certificate }, 'the TLS certificate was read again')
      },
      (error: unknown) =>
        log.error(
          { err: error },
          'a changed TLS certificate or key cannot be used: the old pair stays',
        ),
    )
  }
  const stops = [certificate, key].map((path) => watchText(path, reload, reload))
  return () => {
    for (const stop of stops) stop()
  }
}

function bind(server: Server, { host, port }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? 'something listens there already; choose another with --port'
          : error.message
      reject(new Error(`cannot listen on ${host}:${port}: ${why}`, { cause: error }))
    })
    server.listen(port, host, resolve)
  })
}
