import { Worker } from 'node:worker_threads'
import type { BlobReader } from '../../../storage/blob-store.ts'
import type { Examination, Examinations, Order, Report } from './examination.ts'

/** Milliseconds without work after which the thread ends; the next blob starts it again. */
const IDLE = 10_000
/** Twice what a reader may hold, and the code. */
const HEAP_MEGABYTES = 64

/** Tests run the sources, everything else the compiled code. */
const WORKER = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'

/** One thread that looks at one blob at a time; it is started when there is one, and ended when it takes too long. */
export class ExaminingThread {
  #worker: Worker | undefined
  #resting: NodeJS.Timeout | undefined

  /** Undefined if the time, in milliseconds, is not enough, or the thread failed. */
  async examine<How extends Examination>(
    how: How,
    reader: BlobReader,
    patience: number,
  ): Promise<Examinations[How] | undefined> {
    clearTimeout(this.#resting)
    const worker = this.#start()
    const late = setTimeout(() => void this.end(), patience).unref()
    try {
      const pieces = reader[Symbol.asyncIterator]()
      order(worker, { examine: how })
      for (;;) {
        const report = await nextReport(worker)
        if (report === undefined) return undefined
        if (report !== 'more') return report.facts as Examinations[How]
        const next: IteratorResult<Uint8Array, unknown> = await pieces.next()
        // A copy: the reader uses its memory again.
        order(worker, { piece: next.done === true ? undefined : Uint8Array.from(next.value) })
      }
    } catch (error) {
      // It waits for bytes that will not come.
      await this.end()
      throw error
    } finally {
      clearTimeout(late)
      await reader.close()
      this.#resting = setTimeout(() => void this.end(), IDLE).unref()
    }
  }

  #start(): Worker {
    if (!this.#worker || isOver(this.#worker)) this.#worker = start()
    return this.#worker
  }

  async end(): Promise<void> {
    clearTimeout(this.#resting)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }
}

function start(): Worker {
  const worker = new Worker(new URL(WORKER, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
  })
  worker.on('error', () => undefined)
  // A registry that has nothing else to do may end.
  worker.unref()
  return worker
}

function order(worker: Worker, message: Order): void {
  const bytes = 'piece' in message ? message.piece : undefined
  worker.postMessage(message, bytes ? [bytes.buffer as ArrayBuffer] : [])
}

function isOver(worker: Worker): boolean {
  return worker.threadId === -1
}

/** Undefined if the thread is over. */
async function nextReport(worker: Worker): Promise<Report | undefined> {
  if (isOver(worker)) return undefined
  return new Promise((resolve) => {
    const settle = (report?: Report): void => {
      worker.off('message', settle).off('exit', over)
      resolve(report)
    }
    const over = (): void => settle()
    worker.on('message', settle).on('exit', over)
  })
}
