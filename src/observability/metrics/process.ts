import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import { counter, gauge } from './samples.ts'

/** Milliseconds between two samples of the event loop. */
const RESOLUTION = 20
const NANOSECONDS = 1e9
const QUANTILES = [0.5, 0.9, 0.99]

/**
 * Metrics of the process, with the names of
 * https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
 */
export class ProcessMetrics {
  readonly #version: string
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION })

  /** @param version of this program */
  constructor(version: string) {
    this.#version = version
    this.#delay.enable()
  }

  close(): void {
    this.#delay.disable()
  }

  metrics(): MetricData[] {
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed } = process.memoryUsage()
    const delays = QUANTILES.map(
      (quantile) => [this.#lag(this.#delay.percentile(quantile * 100)), { quantile }] as const,
    )
    const longest = this.#lag(this.#delay.max)
    this.#delay.reset()
    return [
      gauge('wasmoor_build_info', 'The version that runs.', [
        [1, { version: this.#version, node: process.version }],
      ]),
      gauge(
        'nodejs_eventloop_lag_seconds',
        'Delay of the event loop since it was last asked for.',
        [...delays, [longest, { quantile: 1 }]],
      ),
      gauge('nodejs_heap_used_bytes', 'Heap of V8 in use.', [[heapUsed]]),
      counter('process_cpu_seconds_total', 'User and system time spent.', [
        [(user + system) / 1e6],
      ]),
      gauge('process_resident_memory_bytes', 'Resident memory.', [[rss]]),
      gauge('process_start_time_seconds', 'Start of the process, in seconds since 1970.', [
        [performance.timeOrigin / 1000],
      ]),
      ...openFiles(),
    ]
  }

  /** The monitor measures the time between two samples, which includes the interval itself. */
  #lag(nanoseconds: number): number {
    const lag = nanoseconds / NANOSECONDS - RESOLUTION / 1000
    return Number.isFinite(lag) ? Math.max(0, lag) : 0
  }
}

function openFiles(): MetricData[] {
  try {
    const open = readdirSync('/proc/self/fd').length
    return [gauge('process_open_fds', 'Open file descriptors.', [[open]])]
  } catch {
    // Other systems than Linux do not have this directory.
    return []
  }
}
