/**
 * `npm run test:abuse`: the worst clients together for five minutes, then 12,000 connections, with
 * the bars that the other client's times have to stay below. Look at the load of the machine first.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { abuse, type AbuseResult } from './abuse.ts'

const SECONDS = Number(process.env['ABUSE_SECONDS'] ?? 300)
/** Milliseconds within which /livez answers. */
const LIVE = 250
/** The slowest percent of requests, compared with those without an attack. */
const SLOWER = 5

for (const attack of ['requests', 'connections'] as const) {
  const directory = await mkdtemp(join(tmpdir(), 'wasmoor-abuse-'))
  try {
    console.log(`attack by ${attack}, ${SECONDS} s`)
    const result = await abuse(directory, attack, SECONDS)
    console.log(JSON.stringify(result, undefined, 2))
    for (const problem of problemsOf(result)) {
      console.error(problem)
      process.exitCode = 1
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function problemsOf({ ending, faults, times }: AbuseResult): string[] {
  return [
    ...(ending === undefined ? [] : [`the server ended: ${ending}`]),
    ...(faults.length === 0 ? [] : [`${faults.length} requests of the normal client failed`]),
    ...((times['probe']?.most ?? Infinity) <= LIVE ? [] : [`/livez took more than ${LIVE} ms`]),
    ...Object.entries(times)
      .filter(([, { alone99, p99 }]) => p99 > SLOWER * alone99)
      .map(([kind, { alone99, p99 }]) => `${kind}: p99 ${p99} ms, alone ${alone99} ms`),
  ]
}
