import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { prepareBuiltIn } from './load/built-in.ts'
import type { Evidence, Job, PreparedLoad } from './load/job.ts'
import { prepareWrk } from './load/wrk.ts'
import { costOf, forgetPeak } from './process-cost.ts'
import type { Scenario, Trial } from './scenarios.ts'
import type { Server } from './servers/start.ts'

/** One scenario, on one server, in one round. */
export interface Measurement {
  /** ops/s, or MB/s, as the scenario has it. */
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
  await check(server, scenario.evidence)
  const job = scenario.job(trial)
  const load = await prepare(server.port, job, useWrk)
  // What the server before this one has left to write would be written on this one's time.
  await promisify(execFile)('sync')
  forgetPeak(server.pid)
  const before = costOf(server.pid)
  const tally = await load()
  const after = costOf(server.pid)
  server.cutLogs()
  await check(server, [...scenario.evidence, ...tally.evidence])
  // A long download that the end of the time cut short has cost what it has cost.
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

/** wrk never sees the end of an answer to HEAD, so that is not for wrk. */
export function generatorOf(job: Job, wrkIsThere: boolean): 'wrk' | 'built-in' {
  return wrkIsThere && job.kind === 'read' && job.method === 'GET' ? 'wrk' : 'built-in'
}

async function prepare(port: number, job: Job, useWrk: boolean): Promise<PreparedLoad> {
  return job.kind === 'read' && generatorOf(job, useWrk) === 'wrk'
    ? prepareWrk(port, job)
    : prepareBuiltIn(port, job)
}

/** A bench that measures wrong answers is worse than none. */
async function check(server: Server, evidence: readonly Evidence[]): Promise<void> {
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
