import { writeSync } from 'node:fs'
import { destination, pino, stdSerializers } from 'pino'
import type { DestinationStream } from 'pino'
import { isErrno } from './base/errno.ts'
import { KIB, MIB } from './base/sizes.ts'
import type { Config } from './config.ts'
import type { Log } from './base/log.ts'

/** What the process needs of its log beyond what the rooms do. */
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

/** What lies deeper is not written at all. */
const DEEPEST = 6
const STDOUT = 1

/** A reader of the log that stands still costs lines, not memory. */
const LONGEST_BACKLOG = 8 * MIB

/** The log of this process, on stdout: for people on a terminal, otherwise one JSON object a line. */
export async function openLog({ level, format }: Config['log']): Promise<Logger> {
  const forPeople = format === 'pretty' || (format === 'auto' && process.stdout.isTTY)
  return forPeople ? loggerTo(await prettyStdout(), level) : loggerToBufferedStdout(level)
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

/** RFC 3339. Written once a millisecond, for a busy server writes many lines in one. */
function time(): string {
  const now = Date.now()
  if (now !== lastMillisecond) {
    lastMillisecond = now
    lastTime = `,"time":"${new Date(now).toISOString()}"`
  }
  return lastTime
}

/** Waits until what was logged is written, but no longer than a second: the reader of stdout may be stuck. */
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
  // With a least length of 0 it would not wait for what it writes when it is flushed.
  const stdout = destination({ fd: STDOUT, sync: false, minLength: 1, maxLength: LONGEST_BACKLOG })
  const log = loggerTo(new GatheredLines(stdout, STDOUT), level)
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
 * The same fields with secrets replaced, in plain objects and arrays at any depth. Copies only what it
 * changes. pino's own `redact`, given these names at four depths, costs 80 µs a line; this costs half of one.
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
  if (!isPlain(value)) return value
  return depth < DEEPEST ? redact(value, depth + 1) : '[too deep]'
}

/** Streams, sockets and the like are left to the serialisers: to walk them costs time and calls getters. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

type Destination = ReturnType<typeof destination>

/** Characters that are written at once. */
const ENOUGH = 32 * KIB
/** Milliseconds that a line waits at most. */
const LONGEST_WAIT = 100

/**
 * Gathers lines and passes many on at a time. pino's own destination gathers too, but measures all it has gathered again
 * with every line, which costs more than writing the line.
 */
class GatheredLines {
  readonly #target: Destination
  readonly #file: number
  #lines: string[] = []
  #length = 0
  #timer: NodeJS.Timeout | undefined

  /** @param file the file descriptor that `target` writes to */
  constructor(target: Destination, file: number) {
    this.#target = target
    this.#file = file
    process.once('exit', () => this.#passAtOnce())
  }

  write(line: string): void {
    this.#lines.push(line)
    this.#length += line.length
    if (this.#length >= ENOUGH) this.#pass()
    else this.#timer ??= setTimeout(() => this.#pass(), LONGEST_WAIT).unref()
  }

  /** Calls back when all lines are written. */
  flush(done: (error?: Error) => void): void {
    this.#pass()
    this.#target.flush(done)
  }

  #pass(): void {
    const text = this.#take()
    if (text !== '') this.#target.write(text)
  }

  /** The process ends with this turn: what is written later is not written. */
  #passAtOnce(): void {
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
