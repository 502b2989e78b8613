import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MIB } from '../../src/base/sizes.ts'
import type { PreparedLoad, ReadJob } from './job.ts'

const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url))
const run = promisify(execFile)

/**
 * wrk counts responses other than 2xx and 3xx. It does not check their length, so the sum is
 * checked.
 */
export function prepareWrk(port: number, job: ReadJob): PreparedLoad {
  const { path, accept, length, connections, seconds } = job
  // One thread is enough for all servers, and leaves the other core to the server. Only large
  // responses need two (measured with nginx, 1 MiB: 2,500 with one, 3,400 with two).
  const threads = length < MIB ? 1 : 2
  const options = ['-t', `${threads}`, '-c', `${connections}`, '-d', `${seconds}s`]
  const url = `http://127.0.0.1:${port}${path}`
  return async () => {
    const { stdout } = await run('wrk', [
      ...options,
      '--timeout',
      '30s',
      '-s',
      SCRIPT,
      '-H',
      `Accept: ${accept}`,
      url,
    ])
    const figures = /^figures (.*)$/m.exec(stdout)?.[1]
    if (figures === undefined) throw new Error(`wrk printed no figures:\n${stdout}`)
    const { operations, bytes, microseconds, failed } = JSON.parse(figures) as {
      operations: number
      bytes: number
      microseconds: number
      failed: number
    }
    if (failed > 0) throw new Error(`wrk, ${path}: ${failed} requests failed`)
    if (operations === 0 || bytes < operations * length) {
      throw new Error(`wrk, ${path}: ${bytes} bytes in ${operations} answers of ${length}`)
    }
    return { operations, bytes, seconds: microseconds / 1e6, evidence: [] }
  }
}
