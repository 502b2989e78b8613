import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { KIB } from '../src/base/sizes.ts'

// USER_HZ is 100 on every Linux that Node supports.
const MICROSECONDS_PER_TICK = 1e6 / 100

/** The total cost of a process with all its threads and descendants. */
export interface Cost {
  readonly cpuMicroseconds: number
  readonly memoryBytes: number
  /** The peak since {@link resetPeak}. */
  readonly peakMemoryBytes: number
}

export function costOf(pid: number): Cost {
  let cpuMicroseconds = 0
  let memoryBytes = 0
  let peakMemoryBytes = 0
  for (const member of descendantsOf(pid)) {
    const status = readFileSync(`/proc/${member}/status`, 'utf8')
    const fields = statFields(member)
    // utime and stime, counted from the state, which is field 3 of proc(5).
    cpuMicroseconds += (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK
    memoryBytes += kibibytes(status, 'VmRSS') * KIB
    peakMemoryBytes += kibibytes(status, 'VmHWM') * KIB
  }
  return { cpuMicroseconds, memoryBytes, peakMemoryBytes }
}

export function resetPeak(pid: number): void {
  for (const member of descendantsOf(pid)) writeFileSync(`/proc/${member}/clear_refs`, '5')
}

function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const member = Number(entry)
    const parent = Number(statFields(member)[1])
    children.set(parent, [...(children.get(parent) ?? []), member])
  }
  const family = [pid]
  for (const member of family) family.push(...(children.get(member) ?? []))
  return family
}

/**
 * The fields of /proc/<pid>/stat after the program's name, which may contain spaces and
 * parentheses.
 */
function statFields(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return [] // The process has ended meanwhile.
  }
}

function kibibytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
}
