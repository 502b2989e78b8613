import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { AnsweredRequest, RequestDetails, RequestObserver } from '../request-observer.ts'
import { brokenRules, type DenialReason, denialReason } from '../denial.ts'
import { Histogram } from './histogram.ts'
import { counter, histogram, type Labels, type Sample } from './samples.ts'

/** Seconds. */
const DURATIONS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]
const KIBIBYTE = 1024
/** Bytes. */
const SIZES = [1, 16, 256, 4 * KIBIBYTE, 64 * KIBIBYTE, 1024 * KIBIBYTE].map((n) => n * KIBIBYTE)

/** There from the beginning, for an alert sees only what grows. */
const REASONS: readonly DenialReason[] = ['password', 'token', 'denied', 'throttled']

/** What counts as a push or a pull, by route. */
const PUSHES: readonly Counted[] = [
  { kind: 'manifest', route: 'end-7', method: 'PUT', statuses: [201] },
  { kind: 'blob', route: 'end-6', method: 'PUT', statuses: [201] },
  // In one request, or mounted.
  { kind: 'blob', route: 'end-4', method: 'POST', statuses: [201] },
]
const PULLS: readonly Counted[] = [
  { kind: 'manifest', route: 'end-3', method: 'GET', statuses: [200] },
  { kind: 'blob', route: 'end-2', method: 'GET', statuses: [200, 206] },
]

interface Counted {
  readonly kind: string
  readonly route: string
  readonly method: string
  readonly statuses: readonly number[]
}

/** What is counted for one route and method. */
class RouteCounts {
  readonly statuses = new Map<number, number>()
  readonly durations = new Histogram(DURATIONS)
  readonly sizes = new Histogram(SIZES)
  received = 0
  aborted = 0
}

/** Counts requests by route, method and status: never by what a client may choose freely, such as a repository. */
export class RequestMetrics implements RequestObserver {
  readonly #routes = new Map<string, Map<string, RouteCounts>>()
  readonly #failures = new Map<string, number>()
  readonly #refusals = new Map<string, number>(REASONS.map((reason) => [reason, 0]))

  readonly #rules = new Map<string, number>()

  answered(request: AnsweredRequest, details: RequestDetails): void {
    const { route, method = '', status, bytes, milliseconds, aborted } = request
    const counts = this.#countsOf(route, method)
    count(counts.statuses, status)
    counts.durations.add(milliseconds / 1000)
    counts.sizes.add(bytes)
    counts.received += details.received ?? 0
    if (aborted) counts.aborted++
    if (details.failure === undefined) return
    count(this.#failures, details.failure.failure)
    const refusal = denialReason(details)
    if (refusal !== undefined) count(this.#refusals, refusal)
    for (const rule of brokenRules(details.failure)) count(this.#rules, rule)
  }

  metrics(): MetricData[] {
    return [
      counter(
        'wasmoor_http_requests_total',
        'Requests by route, method and status.',
        this.#each(({ statuses }, labels) =>
          [...statuses].map(([status, amount]) => [amount, { ...labels, status }]),
        ),
      ),
      histogram(
        'wasmoor_http_request_duration_seconds',
        'Time from the headers of a request to the end of its answer.',
        this.#each(({ durations }, labels) => [[durations, labels]]),
      ),
      histogram(
        'wasmoor_http_response_size_bytes',
        'Bytes of the bodies of answers.',
        this.#each(({ sizes }, labels) => [[sizes, labels]]),
      ),
      counter(
        'wasmoor_http_received_bytes_total',
        'Bytes of the bodies of requests.',
        this.#each(({ received }, labels) => (received > 0 ? [[received, labels]] : [])),
      ),
      counter(
        'wasmoor_http_aborted_requests_total',
        'Requests whose client left before the end of the answer.',
        this.#each(({ aborted }, labels) => (aborted > 0 ? [[aborted, labels]] : [])),
      ),
      counter(
        'wasmoor_failures_total',
        'Requests that failed, by name in docs/errors.md.',
        samplesOf(this.#failures, 'failure'),
      ),
      counter(
        'wasmoor_auth_failures_total',
        'Callers turned away: a wrong password, a token that is not good, something not allowed, guessing.',
        samplesOf(this.#refusals, 'reason'),
      ),
      counter(
        'wasmoor_gate_refusals_total',
        'Artifacts refused for what they are, by the rule that they break.',
        samplesOf(this.#rules, 'rule'),
      ),
      counter('wasmoor_pushes_total', 'Manifests and blobs taken in.', this.#sum(PUSHES)),
      counter('wasmoor_pulls_total', 'Manifests and blobs handed out.', this.#sum(PULLS)),
    ]
  }

  #countsOf(route: string, method: string): RouteCounts {
    const known = this.#routes.get(route)?.get(method)
    if (known) return known
    const made = new RouteCounts()
    const ofRoute = this.#routes.get(route) ?? new Map<string, RouteCounts>()
    ofRoute.set(method, made)
    this.#routes.set(route, ofRoute)
    return made
  }

  #each<T>(samples: (counts: RouteCounts, labels: Labels) => Sample<T>[]): Sample<T>[] {
    return [...this.#routes].flatMap(([route, methods]) =>
      [...methods].flatMap(([method, counts]) => samples(counts, { route, method })),
    )
  }

  #sum(all: readonly Counted[]): Sample[] {
    const sums = new Map<string, number>()
    for (const { kind, route, method, statuses } of all) {
      const counts = this.#routes.get(route)?.get(method)?.statuses
      for (const status of statuses) count(sums, kind, counts?.get(status) ?? 0)
    }
    return samplesOf(sums, 'kind')
  }
}

function count<Key>(counts: Map<Key, number>, key: Key, more = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + more)
}

function samplesOf(counts: ReadonlyMap<string, number>, label: string): Sample[] {
  return [...counts].map(([value, amount]) => [amount, { [label]: value }])
}
