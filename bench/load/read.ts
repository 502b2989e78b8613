import { requestHead } from './client.ts'
import { Connection } from './connection.ts'
import type { PreparedLoad, ReadJob } from './job.ts'

/** The built-in load generator for reads: for HEAD, which wrk does not support, and without wrk. */
export async function prepareRead(port: number, job: ReadJob): Promise<PreparedLoad> {
  const { method, path, accept, length, seconds } = job
  const head = requestHead(method, path, { host: `127.0.0.1:${port}`, accept })
  const connections = await Promise.all(
    Array.from({ length: job.connections }, () => Connection.open(port)),
  )
  return async () => {
    const began = performance.now()
    const end = began + seconds * 1000
    let operations = 0
    const repeat = async (connection: Connection) => {
      while (performance.now() < end) {
        const answer = await connection.request(head)
        if (answer.status !== 200 || answer.length !== length) {
          throw new Error(`${method} ${path}: ${answer.status}, ${answer.length} bytes`)
        }
        operations += 1
      }
    }
    await Promise.all(connections.map(repeat))
    const elapsed = (performance.now() - began) / 1000
    const bytes = method === 'GET' ? operations * length : 0
    return { operations, bytes, seconds: elapsed, evidence: [] }
  }
}
