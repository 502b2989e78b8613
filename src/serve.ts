import { constants } from 'node:os'
import { isIPv4 } from 'node:net'
import type { Command } from './cli/command.ts'
import { version } from './cli/version.ts'
import type { Config } from './config.ts'
import { flushLog, openLog, type Logger } from './log.ts'

/** The command that is the server: runs until a signal, or an error, ends it. */
export const serveCommand: Command = {
  name: 'serve',
  summary: 'Serves the registry until SIGTERM or SIGINT',
  operands: ['[config.yaml]'],
  options: {},
  configured: true,
  async run({ loadConfig }) {
    const left: string[] = []
    const config = loadConfig((sentence) => left.push(sentence))
    const log = await openLog(config.log)
    for (const setting of left) log.warn({ setting }, 'a setting was left out')
    exitOnBug(log)
    const stop = stopSignal()
    // Here, not above: other commands need not load a web server and a database.
    const { startServer } = await import('./app.ts')
    const server = await startServer(config, log, version())
    log.info({ ...server.address, version: version() }, 'listening')
    if (server.open) warnWhenOpen(config, log)
    const signal = await stop
    log.info({ signal, graceMilliseconds: config.shutdown.grace }, 'draining')
    await server.drain(config.shutdown.grace)
    log.info({}, 'stopped')
    await flushLog(log)
    // A connection or timer that is still open must not keep a stopped server alive.
    process.exit(0)
  },
}

/**
 * Signals closer together than this are one: Ctrl-C reaches the whole foreground group, and npm, which is in it,
 * passes its own on to us a moment later.
 */
const ECHO_MILLISECONDS = 200

/** The first SIGTERM or SIGINT. A second one ends the process at once, with the exit code a shell expects. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (first !== undefined && performance.now() - first > ECHO_MILLISECONDS) {
          process.exit(128 + constants.signals[signal])
        }
        first ??= performance.now()
        resolve(signal)
      })
    }
  })
}

/** After an error that nobody caught, nothing is known of the state of the process: it says so and ends. */
function exitOnBug(log: Logger): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ error }, event)
      void flushLog(log).finally(() => process.exit(1))
    })
  }
}

function warnWhenOpen({ host }: Config, log: Logger): void {
  if (isLoopback(host)) return
  log.warn(
    { host },
    'anyone who reaches this address may pull, push and delete: no authentication is configured',
  )
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}
