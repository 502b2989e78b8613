import type { MetricData } from '@opentelemetry/sdk-metrics'
import { KIB, MIB } from '../../base/sizes.ts'
import { brokenRules, type DenialReason, denialReason } from '../denial.ts'
import {
  type AnsweredRequest,
  type RequestDetails,
  type RequestObserver,
  succeeded,
} from '../request-observer.ts'
import { Histogram } from './histogram.ts'
import { counter, histogram, type Labels, type Sample } from './samples.ts'

/** Seconds. */
const DURATIONS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]
/** Bytes. */
const SIZES = [KIB, 16 * KIB, 256 * KIB, 4 * MIB, 64 * MIB, 1024 * MIB]

/** Series that exist from the start: an alert on `increase` misses the first value of a new one. */
const REASONS: readonly DenialReason[] = ['password', 'token', 'denied', 'throttled']

/** Kinds of content, for the same reason. */
const KINDS = ['manifest', 'blob'] as const

/** The counts of one route and method. */
class RouteCounts {
  readonly statuses = new Map<number, number>()
  readonly durations = new Histogram(DURATIONS)
  readonly sizes = new Histogram(SIZES)
  received = 0
  aborted = 0
}

/**
 * Counts requests by route, method and status, and never by values that clients choose freely, such
 * as repository names.
 */
export class RequestMetrics implements RequestObserver {
  readonly #routes = new Map<string, Map<string, RouteCounts>>()
  readonly #failures = new Map<string, number>()
  readonly #denials = new Map<string, number>(REASONS.map((reason) => [reason, 0]))

  readonly #rules = new Map<string, number>()
  readonly #pushes = new Map<string, number>(KINDS.map((kind) => [kind, 0]))
  readonly #pulls = new Map<string, number>(KINDS.map((kind) => [kind, 0]))

  answered(request: AnsweredRequest, details: RequestDetails): void {
    const { route, method = '', status, bytes, milliseconds, aborted } = request
    const counts = this.#countsOf(route, method)
    count(counts.statuses, status)
    counts.durations.add(milliseconds / 1000)
    counts.sizes.add(bytes)
    counts.received += details.received ?? 0
    if (aborted) counts.aborted++
    this.#countContent(request, details)
    if (details.failure === undefined) return
    count(this.#failures, details.failure.failure)
    const reason = denialReason(details)
    if (reason !== undefined) count(this.#denials, reason)
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
        'Denied requests: a wrong password, an invalid token, a missing right, too many guesses.',
        samplesOf(this.#denials, 'reason'),
      ),
      counter(
        'wasmoor_gate_refusals_total',
        'Artifacts that the gate refused, by the rule that they break.',
        samplesOf(this.#rules, 'rule'),
      ),
      counter(
        'wasmoor_pushes_total',
        'Manifests and blobs that were pushed.',
        samplesOf(this.#pushes, 'kind'),
      ),
      counter(
        'wasmoor_pulls_total',
        'Manifests and blobs that were pulled.',
        samplesOf(this.#pulls, 'kind'),
      ),
    ]
  }

  #countContent(request: AnsweredRequest, { event }: RequestDetails): void {
    if (event?.kind === undefined || !succeeded(request, event)) return
    if (event.event === 'push') count(this.#pushes, event.kind)
    // The answer to a HEAD has no content.
    if (event.event === 'pull' && request.method === 'GET') count(this.#pulls, event.kind)
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
}

function count<Key>(counts: Map<Key, number>, key: Key, more = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + more)
}

function samplesOf(counts: ReadonlyMap<string, number>, label: string): Sample[] {
  return [...counts].map(([value, amount]) => [amount, { [label]: value }])
}
