import type { StorageObserver } from '../../../storage/observer.ts'
import type { RequestObserver } from '../request-observer.ts'
import type { GcStatus, ScrubStatus } from '../../api/operations.ts'
import type { ByteBudget } from '../../base/byte-budget.ts'
import type { IndexState } from '../../../storage/index/state.ts'
import { exposition } from './exposition.ts'
import { ProcessMetrics } from './process.ts'
import { RequestMetrics } from './requests.ts'
import { gauge } from './samples.ts'
import { StorageMetrics } from './storage.ts'
import { upkeepMetrics } from './upkeep.ts'

/** Values that are read at each scrape. */
export interface MetricSources {
  readonly index: IndexState
  /** The data directory. */
  readonly data: string
  readonly collection: () => GcStatus | undefined
  readonly scrub: () => ScrubStatus | undefined
  /** Requests that are being answered. */
  readonly running: () => number
  /** The memory that requests hold. */
  readonly memory: Pick<ByteBudget, 'held' | 'waiting'>
  /** Whether the registry should get requests. */
  readonly ready: () => Promise<boolean>
}

/** All metrics, with the observers that count for them. */
export class Metrics {
  readonly #requests = new RequestMetrics()
  readonly #storage = new StorageMetrics()
  readonly #process: ProcessMetrics

  /** @param version of this program */
  constructor(version: string) {
    this.#process = new ProcessMetrics(version)
  }

  get requests(): RequestObserver {
    return this.#requests
  }

  get storage(): StorageObserver {
    return this.#storage
  }

  /** The handler of `GET /metrics`. */
  handle({
    index,
    data,
    collection,
    scrub,
    running,
    memory,
    ready,
  }: MetricSources): ReturnType<typeof exposition> {
    return exposition(async () => [
      ...this.#requests.metrics(),
      gauge('wasmoor_http_requests_running', 'Requests that are being answered.', [[running()]]),
      gauge('wasmoor_request_memory_bytes', 'Memory that requests hold.', [[memory.held]]),
      gauge('wasmoor_requests_waiting', 'Requests that wait for memory.', [[memory.waiting]]),
      gauge('wasmoor_ready', '1 if /readyz says ready, 0 if not.', [[(await ready()) ? 1 : 0]]),
      ...(await this.#storage.metrics(index, data)),
      ...upkeepMetrics(collection(), scrub()),
      ...this.#process.metrics(),
    ])
  }

  close(): void {
    this.#process.close()
  }
}
