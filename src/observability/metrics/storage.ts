import { statfs } from 'node:fs/promises'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { StorageObserver } from '../../../storage/observer.ts'
import type { IndexState } from '../../../storage/index/state.ts'
import { Histogram } from './histogram.ts'
import { counter, gauge, histogram } from './samples.ts'

/** Seconds: times of a sync on a fast, a slow and a full drive. */
const DURATIONS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

/** Counts commits of the index. */
export class StorageMetrics implements StorageObserver {
  readonly #durations = new Histogram(DURATIONS)
  #operations = 0

  committed(operations: number, milliseconds: number): void {
    this.#durations.add(milliseconds / 1000)
    this.#operations += operations
  }

  /** @param data the data directory */
  async metrics(index: IndexState, data: string): Promise<MetricData[]> {
    const { bsize, blocks, bavail } = await statfs(data)
    const { blobs, bytes } = index.stored
    return [
      histogram(
        'wasmoor_index_commit_duration_seconds',
        'Time of one write of the index with its sync; many operations share one.',
        [[this.#durations]],
      ),
      counter('wasmoor_index_operations_total', 'Operations of the index that became durable.', [
        [this.#operations],
      ]),
      gauge(
        'wasmoor_index_operations_waiting',
        'Operations of the index that are not durable yet.',
        [[index.waiting]],
      ),
      gauge('wasmoor_index_writable', '1 if the index takes writes, 0 if it is read-only.', [
        [index.health.writable ? 1 : 0],
      ]),
      gauge('wasmoor_blobs', 'Blobs stored.', [[blobs]]),
      gauge('wasmoor_blobs_bytes', 'Bytes of the blobs stored.', [[bytes]]),
      gauge('wasmoor_disk_size_bytes', 'Size of the file system that holds the data directory.', [
        [blocks * bsize],
      ]),
      gauge('wasmoor_disk_available_bytes', 'Space that can still be written.', [[bavail * bsize]]),
    ]
  }
}
