import { formatDecimal, formatTable } from '../report.ts'
import type { Comparison } from './compare.ts'

/** The highest ratio of the cost in a full and in a small store. */
const LIMIT = 1.5

export function formatComparisons(comparisons: readonly Comparison[]): string {
  const lines = comparisons.map(({ operation, small, full }) => {
    const ratio = full / small
    const result = ratio <= LIMIT ? 'flat' : `**above ${LIMIT}**`
    return [operation, formatDecimal(small), formatDecimal(full), ratio.toFixed(2), result]
  })
  return formatTable(['median, µs', 'small', 'full', 'ratio', ''], lines)
}

export function formatReport(
  introduction: string,
  notes: string,
  inProcess: readonly Comparison[],
  overHttp: readonly Comparison[],
  startUp: readonly Comparison[],
): string {
  return `# Results of \`npm run bench:scale\`

${introduction}
- Medians of single requests, alternating between the small and the full store. Every write is synced.

${notes}

## The index, in process

${formatComparisons(inProcess)}

## The server, over HTTP

${formatComparisons(overHttp)}

## Starting the server

${formatComparisons(startUp)}
`
}
