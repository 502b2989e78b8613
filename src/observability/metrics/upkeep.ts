import type { MetricData } from '@opentelemetry/sdk-metrics'
import type { GcStatus, OperationStatus, ScrubStatus } from '../../api/operations.ts'
import { gauge, type Sample } from './samples.ts'

/** The progress of the running collection and scrub, or the result of the last ones. */
export function upkeepMetrics(
  collection: GcStatus | undefined,
  scrub: ScrubStatus | undefined,
): MetricData[] {
  return [
    gauge('wasmoor_gc_running', '1 while a collection runs.', [[runs(collection)]]),
    gauge('wasmoor_scrub_running', '1 while a scrub runs.', [[runs(scrub)]]),
    ...(collection ? collected(collection) : []),
    ...(scrub ? scrubbed(scrub) : []),
  ]
}

function collected(status: GcStatus): MetricData[] {
  const { examined, manifests, links, blobs, files, bytes, failures } = status
  return [
    gauge('wasmoor_gc_examined', 'Candidates that the last collection looked at.', [[examined]]),
    gauge(
      'wasmoor_gc_removed',
      'Content that the last collection deleted.',
      ofKinds({ manifests, links, blobs, files }),
    ),
    gauge('wasmoor_gc_removed_bytes', 'Bytes of the blobs that the last collection removed.', [
      [bytes],
    ]),
    gauge('wasmoor_gc_failures', 'Bytes that the last collection could not remove.', [[failures]]),
    ...times('gc', 'collection', status),
  ]
}

function scrubbed(status: ScrubStatus): MetricData[] {
  const { blobs, manifests, bytes, damaged, unreadable, orphans } = status
  return [
    gauge(
      'wasmoor_scrub_examined',
      'Content that the last scrub read.',
      ofKinds({ manifests, blobs }),
    ),
    gauge('wasmoor_scrub_examined_bytes', 'Bytes that the last scrub read.', [[bytes]]),
    gauge(
      'wasmoor_scrub_findings',
      'Damage that the last scrub found.',
      ofKinds({ damaged, unreadable, orphans }),
    ),
    ...times('scrub', 'scrub', status),
  ]
}

const runs = (operation: OperationStatus | undefined): number =>
  operation?.state === 'running' ? 1 : 0

/**
 * Labelled with the state at the end, so that an alert can find work that has not finished for too
 * long.
 */
function times(
  name: string,
  what: string,
  { state, startedAt, endedAt }: OperationStatus,
): MetricData[] {
  const labels = { state }
  return [
    gauge(`wasmoor_${name}_start_timestamp_seconds`, `Begin of the last ${what}.`, [
      [startedAt / 1000, labels],
    ]),
    gauge(
      `wasmoor_${name}_end_timestamp_seconds`,
      `End of the last ${what}; nothing while it runs.`,
      endedAt === undefined ? [] : [[endedAt / 1000, labels]],
    ),
  ]
}

function ofKinds(counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([kind, amount]) => [amount, { kind }])
}
