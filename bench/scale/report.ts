import { decimal, table } from '../report.ts'
import type { Comparison } from './compare.ts'

/** How much dearer anything may be in a full store. */
const LIMIT = 1.5

export function scaleTable(comparisons: readonly Comparison[]): string {
  const lines = comparisons.map(({ operation, small, full }) => {
    const ratio = full / small
    const verdict = ratio <= LIMIT ? 'flat' : `**above ${LIMIT}**`
    return [operation, decimal(small), decimal(full), ratio.toFixed(2), verdict]
  })
  return table(['median, µs', 'small', 'full', 'ratio', ''], lines)
}

export function scaleDocument(
  introduction: string,
  notes: string,
  inProcess: readonly Comparison[],
  overHttp: readonly Comparison[],
  startUp: readonly Comparison[],
): string {
  return `# Results of \`npm run bench:scale\`

${introduction}
- One request at a time, in turn to the small and to the full store; medians. Every write is synced.

${notes}

## The index, in the process

${scaleTable(inProcess)}

## The server, over HTTP

${scaleTable(overHttp)}

## Starting the server

${scaleTable(startUp)}
`
}
