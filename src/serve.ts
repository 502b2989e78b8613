import { constants } from 'node:os'
import type { Command } from './cli/command.ts'
import { isLoopback } from './base/host.ts'
import { version } from './cli/version.ts'
import type { Config } from './config.ts'
import { flushLog, openLog, type Logger } from './log.ts'

/** The command that runs the server until a signal or an error ends it. */
export const serveCommand: Command = {
  name: 'serve',
  summary: 'Serves the registry until SIGTERM or SIGINT',
  operands: ['[config.yaml]'],
  options: {},
  usesConfig: true,
  async run({ loadConfig }) {
    // All files that this process creates are for its user alone.
    process.umask(0o077)
    const ignored: string[] = []
    const config = loadConfig((sentence) => ignored.push(sentence))
    const log = await openLog(config.log)
    for (const setting of ignored) log.warn({ setting }, 'ignored a setting')
    exitOnBug(log)
    const stop = stopSignal()
    // Imported here so that other commands do not load a web server and a database.
    const { startServer } = await import('./app.ts')
    const server = await startServer(config, log, version())
    log.info({ ...server.address, version: version() }, 'listening')
    if (server.open) warnWhenOpen(config, log)
    const signal = await stop
    log.info({ signal, graceMilliseconds: config.shutdown.grace }, 'draining')
    await server.drain(config.shutdown.grace)
    log.info({}, 'stopped')
    await flushLog(log)
    // An open connection or timer must not keep the stopped server alive.
    process.exit(0)
  },
}

/**
 * Milliseconds within which two signals count as one: Ctrl-C reaches the whole foreground group,
 * and npm, which is part of it, forwards its own signal to this process a moment later.
 */
const ECHO_WINDOW = 200

/**
 * Resolves at the first SIGTERM or SIGINT. A second one ends the process at once, with the exit
 * code that a shell expects.
 */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (first !== undefined && performance.now() - first > ECHO_WINDOW) {
          process.exit(128 + constants.signals[signal])
        }
        first ??= performance.now()
        resolve(signal)
      })
    }
  })
}

/** Logs an error that nothing caught and ends the process, whose state is unknown after it. */
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
    'anyone who reaches this address can pull, push and delete: no authentication is configured',
  )
}
