import { MIB } from '../../base/sizes.ts'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../base/errno.ts'
import type { Log } from '../../base/log.ts'

/** Only the owner can read the audit log. */
const MODE = 0o600
/** Characters kept in memory while the disk takes no writes; lines beyond that are dropped. */
const LONGEST_BACKLOG = 8 * MIB
/**
 * Milliseconds between two attempts to write, and the longest wait for the disk at the end of the
 * process.
 */
const PAUSE = 1000

/** A file to which lines are appended. It is created again after log rotation has moved it away. */
export class LineFile {
  readonly #path: string
  readonly #log: Log
  #file: FileHandle
  readonly #lines: string[] = []
  #length = 0
  #dropped = 0
  #writing: Promise<void> | undefined

  private constructor(path: string, log: Log, file: FileHandle) {
    this.#path = path
    this.#log = log
    this.#file = file
  }

  /** @throws Error for the operator */
  static async open(path: string, log: Log): Promise<LineFile> {
    try {
      return new LineFile(path, log, await open(path, 'a', MODE))
    } catch (cause) {
      throw new Error(`audit.output ${path} cannot be written: ${messageOf(cause)}`, { cause })
    }
  }

  write(line: string): void {
    if (this.#length + line.length > LONGEST_BACKLOG) {
      this.#dropped++
      return
    }
    this.#lines.push(line)
    this.#length += line.length
    this.#writing ??= this.#drain().finally(() => (this.#writing = undefined))
  }

  /** Waits for the pending lines, but not for a disk that takes no writes. */
  async close(): Promise<void> {
    await Promise.race([this.#writing, sleep(PAUSE, undefined, { ref: false })])
    await this.#file.close()
  }

  async #drain(): Promise<void> {
    let failed = false
    while (this.#lines.length > 0) {
      const count = this.#lines.length
      try {
        await this.#followName()
        // A failed write may have left part of a line: the text begins on a new one.
        const text = this.#lines.slice(0, count).join('')
        await this.#file.appendFile(failed ? `\n${text}` : text)
        for (const line of this.#lines.splice(0, count)) this.#length -= line.length
        if (failed) this.#log.warn({ dropped: this.#dropped }, 'the audit log is written again')
        failed = false
        this.#dropped = 0
      } catch (error) {
        if (!failed) this.#log.error({ err: error }, 'the audit log cannot be written')
        failed = true
        await sleep(PAUSE, undefined, { ref: false })
      }
    }
  }

  /** Log rotation moves the file away and expects a new one under its name. */
  async #followName(): Promise<void> {
    const named = await stat(this.#path).catch(() => undefined)
    const own = await this.#file.stat()
    if (named?.ino === own.ino && named.dev === own.dev) return
    const file = await open(this.#path, 'a', MODE)
    await this.#file.close()
    this.#file = file
  }
}
