import { Worker } from 'node:worker_threads'
import type { BlobReader } from '../../../storage/blob-store.ts'
import type { Examination } from '../model/examination-scope.ts'
import type { ExaminationResults, WorkerReply, WorkerRequest } from './examination.ts'

/** Milliseconds without work after which the thread is ended; the next blob starts another. */
const IDLE = 10_000
/** MiB: room for the code and twice the memory that a reader may take. */
const HEAP_MEGABYTES = 64

/** Tests run the sources; the product runs compiled code. */
const WORKER = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'

/**
 * A worker thread that examines one blob at a time. It starts with the first blob and is ended if
 * one takes too long.
 */
export class ExaminingThread {
  #worker: Worker | undefined
  #idleTimer: NodeJS.Timeout | undefined

  /**
   * Closes the reader.
   * @param patience milliseconds
   * @returns undefined if it takes longer, or the thread failed
   * @throws Error of the reader
   */
  async examine<Kind extends Examination>(
    examination: Kind,
    reader: BlobReader,
    patience: number,
  ): Promise<ExaminationResults[Kind] | undefined> {
    clearTimeout(this.#idleTimer)
    const worker = this.#start()
    const late = setTimeout(() => void this.end(), patience).unref()
    try {
      const pieces = reader[Symbol.asyncIterator]()
      send(worker, { examine: examination })
      for (;;) {
        const reply = await nextReply(worker)
        if (reply === undefined) return undefined
        if (reply !== 'more') return reply.facts as ExaminationResults[Kind]
        const next: IteratorResult<Uint8Array, unknown> = await pieces.next()
        // A copy, because the reader reuses its memory.
        send(worker, { piece: next.done === true ? undefined : Uint8Array.from(next.value) })
      }
    } catch (error) {
      // The thread waits for bytes that will not come.
      await this.end()
      throw error
    } finally {
      clearTimeout(late)
      await reader.close()
      this.#idleTimer = setTimeout(() => void this.end(), IDLE).unref()
    }
  }

  #start(): Worker {
    if (!this.#worker || hasEnded(this.#worker)) this.#worker = start()
    return this.#worker
  }

  async end(): Promise<void> {
    clearTimeout(this.#idleTimer)
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
  // The thread alone does not keep the process alive.
  worker.unref()
  return worker
}

function send(worker: Worker, message: WorkerRequest): void {
  const bytes = 'piece' in message ? message.piece : undefined
  worker.postMessage(message, bytes ? [bytes.buffer as ArrayBuffer] : [])
}

function hasEnded(worker: Worker): boolean {
  return worker.threadId === -1
}

/** Undefined once the thread has ended. */
async function nextReply(worker: Worker): Promise<WorkerReply | undefined> {
  if (hasEnded(worker)) return undefined
  return new Promise((resolve) => {
    const finish = (reply?: WorkerReply): void => {
      worker.off('message', finish).off('exit', exit)
      resolve(reply)
    }
    const exit = (): void => finish()
    worker.on('message', finish).on('exit', exit)
  })
}
