import { writeSync } from 'node:fs'
import { destination, pino, stdSerializers } from 'pino'
import type { DestinationStream } from 'pino'
import { escapeControls } from './base/control-characters.ts'
import { isErrno } from './base/errno.ts'
import { KIB, MIB } from './base/sizes.ts'
import type { Config } from './config.ts'
import type { Log } from './base/log.ts'

/** The log as the process itself uses it. */
export interface Logger extends Log {
  fatal(fields: object, message: string): void
  flush(written: () => void): void
}

/** Field names, in lower case, whose values never reach a log. */
const SECRETS = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'auth',
  'password',
  'secret',
  'token',
  'access_token',
  'refresh_token',
  'identitytoken',
  'registrytoken',
])

/** Levels of nesting that are logged. */
const DEEPEST = 6
const STDOUT = 1

/**
 * Bytes of a backlog, after which lines are dropped: a reader that stalls must not fill the memory.
 */
const LONGEST_BACKLOG = 8 * MIB

/**
 * Opens the log of this process, on stdout: text on a terminal, otherwise one JSON object a line.
 */
export async function openLog({ level, format }: Config['log']): Promise<Logger> {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY)
  return isPretty ? loggerTo(await prettyStdout(), level) : loggerToBufferedStdout(level)
}

/** A logger that writes JSON lines to `stream`. */
export function loggerTo(stream: DestinationStream, level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: time,
      formatters: { level: (label) => ({ level: label }), log: redact },
      serializers: { err: errorFields, error: errorFields },
    },
    stream,
  )
}

let lastMillisecond = 0
let lastTime = ''

/** RFC 3339. Formatted once a millisecond, because a busy server writes many lines in one. */
function time(): string {
  const now = Date.now()
  if (now !== lastMillisecond) {
    lastMillisecond = now
    lastTime = `,"time":"${new Date(now).toISOString()}"`
  }
  return lastTime
}

/**
 * Waits until everything logged is written, for at most a second: the reader of stdout may be
 * stuck.
 */
export async function flushLog(log: Logger): Promise<void> {
  const written = new Promise<void>((resolve) => {
    log.flush(() => resolve())
  })
  const late = new Promise<void>((resolve) => {
    setTimeout(resolve, 1000).unref()
  })
  await Promise.race([written, late])
}

function loggerToBufferedStdout(level: string): Logger {
  // With a minLength of 0 a flush does not wait for the write that is running.
  const stdout = destination({ fd: STDOUT, sync: false, minLength: 1, maxLength: LONGEST_BACKLOG })
  const log = loggerTo(new LineBuffer(stdout, STDOUT), level)
  let dropped = 0
  stdout.on('drop', (lines: string) => {
    dropped += lines.split('\n').length - 1
  })
  stdout.on('drain', () => {
    if (dropped > 0)
      log.warn({ dropped }, 'log lines were dropped: the reader of stdout is too slow')
    dropped = 0
  })
  return log
}

async function prettyStdout(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({ translateTime: 'HH:MM:ss.l', singleLine: true, sync: true })
}

function errorFields(error: unknown): unknown {
  return error instanceof Error ? redact(stdSerializers.err(error)) : error
}

/**
 * Replaces secrets, and the control characters of texts that clients chose, in plain objects and
 * arrays, and copies only the objects that it changes. pino's
 * own `redact`, with these names at four depths, costs 80 µs a line; this costs half a microsecond.
 */
function redact<T extends object>(fields: T, depth = 0): T {
  let copy: Record<string, unknown> | undefined
  for (const [name, value] of Object.entries(fields)) {
    const clean = SECRETS.has(name.toLowerCase()) ? '[redacted]' : redactInside(value, depth)
    if (clean !== value) {
      copy ??= (Array.isArray(fields) ? [...fields] : { ...fields }) as Record<string, unknown>
      copy[name] = clean
    }
  }
  return (copy ?? fields) as T
}

function redactInside(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return escapeControls(value)
  if (!isPlain(value)) return value
  return depth < DEEPEST ? redact(value, depth + 1) : '[too deep]'
}

/**
 * Streams, sockets and the like are left to the serialisers: walking them costs time and calls
 * getters.
 */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

type Destination = ReturnType<typeof destination>

/** Characters after which the lines are passed on. */
const FULL = 32 * KIB
/** Milliseconds after which a line is passed on. */
const LONGEST_WAIT = 100

/**
 * Collects lines and passes many on at a time. pino's own destination collects too, but measures
 * everything collected again with every line, which costs more than writing the line.
 */
class LineBuffer {
  readonly #target: Destination
  readonly #file: number
  #lines: string[] = []
  #length = 0
  #timer: NodeJS.Timeout | undefined

  /** @param file the file descriptor that `target` writes to */
  constructor(target: Destination, file: number) {
    this.#target = target
    this.#file = file
    process.once('exit', () => this.#passSynchronously())
  }

  write(line: string): void {
    this.#lines.push(line)
    this.#length += line.length
    if (this.#length >= FULL) this.#pass()
    else this.#timer ??= setTimeout(() => this.#pass(), LONGEST_WAIT).unref()
  }

  /** @param done called when all lines are written */
  flush(done: (error?: Error) => void): void {
    this.#pass()
    this.#target.flush(done)
  }

  #pass(): void {
    const text = this.#take()
    if (text !== '') this.#target.write(text)
  }

  /** The process ends with this turn of the event loop: an asynchronous write would be lost. */
  #passSynchronously(): void {
    this.#target.flushSync()
    let rest = Buffer.from(this.#take())
    while (rest.byteLength > 0) {
      try {
        rest = rest.subarray(writeSync(this.#file, rest))
      } catch (error) {
        if (!isErrno(error, 'EAGAIN')) return
      }
    }
  }

  #take(): string {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const text = this.#lines.join('')
    this.#lines = []
    this.#length = 0
    return text
  }
}
