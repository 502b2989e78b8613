import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { prepareBuiltIn } from './load/built-in.ts'
import type { Evidence, Job, PreparedLoad } from './load/job.ts'
import { prepareWrk } from './load/wrk.ts'
import { costOf, resetPeak } from './process-cost.ts'
import type { Scenario, Trial } from './scenarios.ts'
import type { Server } from './servers/start.ts'

/** The measurement of one scenario on one server in one round. */
export interface Measurement {
  /** In ops/s or MB/s, depending on the scenario. */
  readonly speed: number
  readonly cpuMicrosecondsPerOperation: number
  readonly memoryBytes: number
  readonly peakMemoryBytes: number
}

export async function measure(
  server: Server,
  scenario: Scenario,
  trial: Trial,
  useWrk: boolean,
): Promise<Measurement> {
  await scenario.prepare(server, trial.round)
  await checkEvidence(server, scenario.evidence)
  const job = scenario.job(trial)
  const load = await prepare(server.port, job, useWrk)
  // Otherwise unwritten data of the previous server would slow down this one.
  await promisify(execFile)('sync')
  resetPeak(server.pid)
  const before = costOf(server.pid)
  const tally = await load()
  const after = costOf(server.pid)
  server.cutLogs()
  await checkEvidence(server, [...scenario.evidence, ...tally.evidence])
  // Counts also the part of a long download that the end of the time interrupted.
  const operations =
    job.kind === 'read' && scenario.unit === 'MB/s' ? tally.bytes / job.length : tally.operations
  const done = scenario.unit === 'MB/s' ? tally.bytes / 1e6 : tally.operations
  return {
    speed: done / tally.seconds,
    cpuMicrosecondsPerOperation: (after.cpuMicroseconds - before.cpuMicroseconds) / operations,
    memoryBytes: after.memoryBytes,
    peakMemoryBytes: after.peakMemoryBytes,
  }
}

/** wrk only measures GET, because it waits for the body of a response to HEAD. */
export function generatorOf(job: Job, wrkIsThere: boolean): 'wrk' | 'built-in' {
  return wrkIsThere && job.kind === 'read' && job.method === 'GET' ? 'wrk' : 'built-in'
}

async function prepare(port: number, job: Job, useWrk: boolean): Promise<PreparedLoad> {
  return job.kind === 'read' && generatorOf(job, useWrk) === 'wrk'
    ? prepareWrk(port, job)
    : prepareBuiltIn(port, job)
}

/** Verifies content on the server, because a benchmark of wrong responses is worse than none. */
async function checkEvidence(server: Server, evidence: readonly Evidence[]): Promise<void> {
  for (const { path, accept, digest } of evidence) {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers: { accept } })
    const hash = createHash('sha256')
    for await (const part of answer.body ?? []) hash.update(part as Uint8Array)
    const found = `sha256:${hash.digest('hex')}`
    if (answer.status !== 200 || found !== digest) {
      throw new Error(`${server.kind.name} ${path}: ${answer.status}, ${found}, not ${digest}`)
    }
  }
}
