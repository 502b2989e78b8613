import type { BlobReader } from '../../../storage/blob-store.ts'
import type { Examination } from '../model/examination-scope.ts'
import type { ExaminationResults } from './examination.ts'
import { ExaminingThread } from './examining-thread.ts'

const THREADS = 2
/**
 * Blobs that wait for a thread. Beyond that the content of a blob stays unknown until the next
 * request.
 */
const MAX_WAITING = 64

export interface ExaminerOptions {
  /** Milliseconds that one blob may take. */
  readonly patience?: number
}

/** Examines blobs in worker threads, a few at a time, each for a limited time. */
export class Examiner {
  readonly #patience: number
  readonly #idle: ExaminingThread[] = []
  readonly #waiting: ((thread: ExaminingThread | undefined) => void)[] = []
  #threads = 0
  #closed = false

  constructor({ patience = 30_000 }: ExaminerOptions = {}) {
    this.#patience = patience
  }

  /**
   * Closes the reader.
   * @returns undefined if it takes too long, if too many blobs wait, or if there is no blob
   * @throws Error of the reader
   */
  async examine<Kind extends Examination>(
    examination: Kind,
    open: () => Promise<BlobReader | undefined>,
  ): Promise<ExaminationResults[Kind] | undefined> {
    const thread = await this.#take()
    if (!thread) return undefined
    try {
      const reader = await open()
      return reader && (await thread.examine(examination, reader, this.#patience))
    } finally {
      this.#give(thread)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const wait of this.#waiting.splice(0)) wait(undefined)
    await Promise.all(this.#idle.splice(0).map((thread) => thread.end()))
  }

  async #take(): Promise<ExaminingThread | undefined> {
    if (this.#closed) return undefined
    const idle = this.#idle.pop()
    if (idle) return idle
    if (this.#threads < THREADS) {
      this.#threads++
      return new ExaminingThread()
    }
    if (this.#waiting.length >= MAX_WAITING) return undefined
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #give(thread: ExaminingThread): void {
    const next = this.#waiting.shift()
    if (next) next(thread)
    else if (this.#closed) void thread.end()
    else this.#idle.push(thread)
  }
}
