import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { PreparedLoad, ReadJob } from './job.ts'

const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url))
const run = promisify(execFile)

/** wrk counts what is not 2xx or 3xx; the length it does not look at, so that is checked by the sum. */
export function prepareWrk(port: number, job: ReadJob): PreparedLoad {
  const { path, accept, length, connections, seconds } = job
  // One thread keeps up with every server here and leaves the other core to the server; only the
  // copying of large answers was measured to need two (nginx, 1 MiB: 2,500 with one, 3,400 with two).
  const threads = length < 1024 * 1024 ? 1 : 2
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
