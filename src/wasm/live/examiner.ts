import type { BlobReader } from '../../../storage/blob-store.ts'
import type { Examination } from '../model/examination-scope.ts'
import type { ExaminationResults } from './examination.ts'
import { ExaminingThread } from './examining-thread.ts'
import { FairQueue } from './fair-queue.ts'

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

/** Why there is no result: too many blobs wait, or this one could not be examined. */
export type NoResult = 'busy' | 'failed'

/** Examines blobs in worker threads, a few at a time, each for a limited time. */
export class Examiner {
  readonly #patience: number
  readonly #idle: ExaminingThread[] = []
  readonly #waiting = new FairQueue<ExaminingThread>(MAX_WAITING)
  #threads = 0
  #closed = false

  constructor({ patience = 30_000 }: ExaminerOptions = {}) {
    this.#patience = patience
  }

  /**
   * Closes the reader.
   * @param lane the repository: all of them get their turn, however many blobs of one wait
   * @returns `failed` if it takes too long, or if there is no blob
   * @throws Error of the reader
   */
  async examine<Kind extends Examination>(
    examination: Kind,
    lane: string,
    open: () => Promise<BlobReader | undefined>,
  ): Promise<ExaminationResults[Kind] | NoResult> {
    const thread = await this.#take(lane)
    if (!thread) return 'busy'
    try {
      const reader = await open()
      const result = reader && (await thread.examine(examination, reader, this.#patience))
      return result ?? 'failed'
    } finally {
      this.#give(thread)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#waiting.clear()
    await Promise.all(this.#idle.splice(0).map((thread) => thread.end()))
  }

  async #take(lane: string): Promise<ExaminingThread | undefined> {
    if (this.#closed) return undefined
    const idle = this.#idle.pop()
    if (idle) return idle
    if (this.#threads < THREADS) {
      this.#threads++
      return new ExaminingThread()
    }
    return this.#waiting.wait(lane)
  }

  #give(thread: ExaminingThread): void {
    if (this.#waiting.serve(thread)) return
    if (this.#closed) void thread.end()
    else this.#idle.push(thread)
  }
}
