import { writeSync } from 'node:fs'
import type { destination } from 'pino'

type Destination = ReturnType<typeof destination>

/** Characters that are written at once. */
const ENOUGH = 32 * 1024
/** Milliseconds that a line waits at most. */
const LONGEST_WAIT = 100

/**
 * Gathers lines and passes many on at a time. pino's own destination gathers too, but measures all it has gathered again
 * with every line, which costs more than writing the line.
 */
export class GatheredLines {
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
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return
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
