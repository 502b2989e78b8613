import { execFile } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { promisify } from 'node:util'

export interface Machine {
  readonly date: string
  readonly processor: string
  readonly memory: string
  readonly kernel: string
  readonly fileSystem: string
  readonly node: string
  readonly generator: string
  /** The load average of the minute before the run. */
  readonly load: string
}

/** Describes the machine. To be called before the measurement.
 * @param directory holds the data of the servers */
export async function describeMachine(
  directory: string,
  wrk: string | undefined,
): Promise<Machine> {
  const cores = cpus()
  const { stdout } = await promisify(execFile)('df', ['--output=fstype', directory])
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: `${cores.length} × ${cores[0]?.model ?? 'unknown processor'}`,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    kernel: release(),
    fileSystem: stdout.trim().split('\n').at(-1) ?? 'unknown file system',
    node: process.version,
    generator: wrk === undefined ? 'built-in' : `wrk ${wrk} for GET, built-in for the rest`,
    load: (loadavg()[0] ?? NaN).toFixed(1),
  }
}

/** The version of wrk, which prints it with exit code 1; undefined if wrk is not installed. */
export function wrkVersion(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('wrk', ['-v'], (_error, stdout) => {
      resolve(/^wrk \S*?(\d[\d.]*)/m.exec(stdout)?.[1])
    })
  })
}
