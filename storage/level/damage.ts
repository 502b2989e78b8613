import { access, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { isErrno, messageOf } from '../../src/base/errno.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import type { Log } from '../../src/base/log.ts'
import { syncDirectory } from '../backup/directory.ts'
import { blobDirectories, blobPath, INDEX, INDEX_DAMAGED } from '../keys.ts'

const ADVICE =
  'restore a backup, or start once with storage.acceptGap to continue with what can be saved (docs/recovery.md)'

/** LevelDB's messages about changed or missing files, as opposed to failures of the disk. */
const DAMAGED_FILES = /Corruption|Invalid argument|No such file/

/** Whether an error of Level, or its cause, is about damaged files. */
export function isDamage(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  const isLevels = code === 'LEVEL_CORRUPTION' || code === 'LEVEL_IO_ERROR'
  return (isLevels && DAMAGED_FILES.test(error.message)) || isDamage(error.cause)
}

/** The error of a store in which rows are missing or damaged. */
export function damageError(problem: string, detail?: object): RegistryError {
  return new RegistryError('UNAVAILABLE', `${problem}: the registry is read-only; ${ADVICE}`, {
    ...(detail && { detail }),
  })
}

/** The error for the operator when the index cannot be opened. */
export function openError(error: unknown, data: string): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (isErrno(cause, 'LEVEL_LOCKED')) {
    return new Error(
      `another process is using the data directory ${data}: stop it, or give this one its own with --data`,
      { cause: error },
    )
  }
  const advice = isDamage(error) ? `; ${ADVICE}` : ''
  return new Error(`the index in ${data} cannot be opened: ${messageOf(cause)}${advice}`, {
    cause: error,
  })
}

/**
 * Whether there was an index whose file `CURRENT` is gone, which says where the tables are. LevelDB
 * would create a new index and delete the files of the old one.
 */
export async function hasLostIndex(data: string): Promise<boolean> {
  const index = join(data, INDEX)
  if (await exists(join(index, 'CURRENT'))) return false
  const names = await readdir(index).catch((): string[] => [])
  for (const name of names) {
    if (name.endsWith('.ldb')) return true
    if (name.endsWith('.log') && (await stat(join(index, name))).size > 0) return true
  }
  for (const directory of blobDirectories()) {
    const blobs = await readdir(join(data, blobPath(directory))).catch((): string[] => [])
    if (blobs.length > 0) return true
  }
  return false
}

export function lostIndexError(data: string): Error {
  return new Error(
    `${data} holds the content of a registry, but its index is gone or lacks the file ${INDEX}/CURRENT: ${ADVICE}`,
  )
}

/**
 * Rebuilds the index from LevelDB's files, as far as they can be read. The others are moved to
 * `index/lost`.
 */
export async function repair(data: string, log: Log): Promise<void> {
  log.warn(
    {},
    'the index is being repaired because storage.acceptGap is set: this may take a while',
  )
  // The types of `level` lack what only LevelDB has.
  const files = Level as unknown as { repair(path: string): Promise<void> }
  await files.repair(join(data, INDEX))
  log.error(
    {},
    'the index was repaired: unreadable rows are lost, and some deleted rows may be back',
  )
}

/** Records damage, so that later processes know of it. */
export async function recordDamage(data: string, problem: string): Promise<void> {
  const file = await open(join(data, INDEX_DAMAGED), 'w')
  try {
    await file.writeFile(`${problem}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncDirectory(data)
}

export async function recordedDamage(data: string): Promise<string | undefined> {
  try {
    return (await readFile(join(data, INDEX_DAMAGED), 'utf8')).trim()
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

export async function clearDamage(data: string): Promise<void> {
  await rm(join(data, INDEX_DAMAGED), { force: true })
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
