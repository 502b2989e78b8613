import type { BlobReader } from '../../../storage/blob-store.ts'
import { ExaminingThread } from './examining-thread.ts'
import type { Examination, Examinations } from './examination.ts'

const THREADS = 2
/** Blobs that wait for a thread; of more it stays unknown what is in them until somebody asks again. */
const MOST_WAITING = 64

export interface ExaminerOptions {
  /** Milliseconds after which a blob is given up. */
  readonly patience?: number
}

/** Looks into blobs beside the main thread, a few at a time, each for a limited time. */
export class Examiner {
  readonly #patience: number
  readonly #idle: ExaminingThread[] = []
  readonly #waiting: ((thread: ExaminingThread | undefined) => void)[] = []
  #threads = 0
  #closed = false

  constructor({ patience = 30_000 }: ExaminerOptions = {}) {
    this.#patience = patience
  }

  /** What is in the blob; undefined if that takes too long or others are to be looked at first. Closes the reader. */
  async examine<How extends Examination>(
    how: How,
    open: () => Promise<BlobReader | undefined>,
  ): Promise<Examinations[How] | undefined> {
    const thread = await this.#take()
    if (!thread) return undefined
    try {
      const reader = await open()
      return reader && (await thread.examine(how, reader, this.#patience))
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
    if (this.#waiting.length >= MOST_WAITING) return undefined
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #give(thread: ExaminingThread): void {
    const next = this.#waiting.shift()
    if (next) next(thread)
    else if (this.#closed) void thread.end()
    else this.#idle.push(thread)
  }
}
