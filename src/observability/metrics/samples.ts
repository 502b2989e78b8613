import { ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type MetricData,
} from '@opentelemetry/sdk-metrics'
import type { Histogram } from './histogram.ts'

export type Labels = Readonly<Record<string, string | number>>
export type Sample<T = number> = readonly [value: T, labels?: Labels | undefined]

/** A metric that only grows; its name ends in `_total`. */
export function counter(name: string, meaning: string, samples: readonly Sample[]): MetricData {
  return {
    ...described(name, meaning),
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints: samples.map(point),
  }
}

/** A metric with the value of the moment. */
export function gauge(name: string, meaning: string, samples: readonly Sample[]): MetricData {
  return {
    ...described(name, meaning),
    dataPointType: DataPointType.GAUGE,
    dataPoints: samples.map(point),
  }
}

export function histogram(
  name: string,
  meaning: string,
  samples: readonly Sample<Histogram>[],
): MetricData {
  return {
    ...described(name, meaning),
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: samples.map(([{ boundaries, counts, sum, count }, labels]) =>
      point([{ buckets: { boundaries: [...boundaries], counts }, sum, count }, labels]),
    ),
  }
}

function described(name: string, description: string) {
  return {
    descriptor: { name, description, unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
}

/** Without times: Prometheus uses the time of its scrape. */
function point<T>([value, labels = {}]: Sample<T>): DataPoint<T> {
  return { value, attributes: labels, startTime: [0, 0], endTime: [0, 0] }
}
