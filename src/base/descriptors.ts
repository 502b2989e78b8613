import { readFileSync } from 'node:fs'

/** The usual limit where the system does not tell its own. */
const USUAL = 1024

/**
 * The number of file descriptors that this process may have. Node raises the soft limit to the hard
 * limit when it starts.
 */
export function descriptorLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const [, soft] = /^Max open files +(\d+|unlimited)/m.exec(limits) ?? []
    return soft === 'unlimited' ? Infinity : Number(soft ?? USUAL)
  } catch {
    return USUAL
  }
}

/**
 * Descriptors for log, keys, watched files, the metrics port and the files of uploads' last steps.
 */
const RESERVE = 64
/** Files that LevelDB keeps open at least, and as many as it keeps open at most by default. */
const INDEX_FILES = { least: 74, most: 1000 }
/** All of them, for both digest algorithms. */
const MOST_DIRECTORIES = 516
const MOST_CONNECTIONS = 10_000

/** The descriptors of the process, shared out. */
export interface DescriptorShares {
  /** Files that the index may keep open. */
  readonly index: number
  /** Directories of blobs that may stay open. */
  readonly directories: number
  /** Connections, each of which may have a file open. */
  readonly connections: number
}

export function shareDescriptors(limit: number): DescriptorShares {
  const { least, most } = INDEX_FILES
  const index = Math.max(least, Math.min(most, Math.floor(limit / 8)))
  const directories = Math.min(MOST_DIRECTORIES, Math.floor(limit / 16))
  const connections = Math.floor((limit - RESERVE - index - directories) / 2)
  return { index, directories, connections: Math.max(16, Math.min(MOST_CONNECTIONS, connections)) }
}
