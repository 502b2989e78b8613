import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

// What USER_HZ is on every Linux that Node runs on; the kernel's own tick does not matter here.
const MICROSECONDS_PER_TICK = 1e6 / 100

/** What a process, all its threads and all its descendants have cost so far. */
export interface Cost {
  readonly cpuMicroseconds: number
  readonly memoryBytes: number
  /** The largest since `forgetPeak`. */
  readonly peakMemoryBytes: number
}

export function costOf(pid: number): Cost {
  let cpuMicroseconds = 0
  let memoryBytes = 0
  let peakMemoryBytes = 0
  for (const member of familyOf(pid)) {
    const status = readFileSync(`/proc/${member}/status`, 'utf8')
    const fields = statFields(member)
    // utime and stime, counted from the state, which is field 3 of proc(5).
    cpuMicroseconds += (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK
    memoryBytes += kibibytes(status, 'VmRSS') * 1024
    peakMemoryBytes += kibibytes(status, 'VmHWM') * 1024
  }
  return { cpuMicroseconds, memoryBytes, peakMemoryBytes }
}

export function forgetPeak(pid: number): void {
  for (const member of familyOf(pid)) writeFileSync(`/proc/${member}/clear_refs`, '5')
}

function familyOf(pid: number): number[] {
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

/** The fields of /proc/<pid>/stat after the program's name, which may itself hold blanks and brackets. */
function statFields(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return [] // It ended while we were looking.
  }
}

function kibibytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
}
