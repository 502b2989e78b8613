import { access, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { RegistryError } from '../../src/oci/errors.ts'
import type { Log } from '../../src/base/log.ts'
import { syncDirectory } from '../backup/directory.ts'
import { blobDirectories, blobPath, INDEX, INDEX_DAMAGED } from '../keys.ts'

const WAY_OUT =
  'restore a backup, or start once with storage.acceptGap to go on with what can be saved (docs/recovery.md)'

/** What Level says when its files are not as it left them, and not when the disk only refuses to work. */
const NOT_AS_LEFT = /Corruption|Invalid argument|No such file/

/** Whether an error of Level, or one below it, is about damaged files. */
export function isDamage(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  const levels = code === 'LEVEL_CORRUPTION' || code === 'LEVEL_IO_ERROR'
  return (levels && NOT_AS_LEFT.test(error.message)) || isDamage(error.cause)
}

/** The failure of a store in which something is missing, or is not what was written. */
export function damaged(what: string, detail?: object): RegistryError {
  return new RegistryError('UNAVAILABLE', `${what}: the registry is read-only; ${WAY_OUT}`, {
    ...(detail && { detail }),
  })
}

/** Why the index cannot be opened, for the operator. */
export function explain(error: unknown, data: string): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const why = cause instanceof Error ? cause.message : String(cause)
  if (code === 'LEVEL_LOCKED') {
    return new Error(
      `another process is using the data directory ${data}: stop it, or give this one its own with --data`,
      { cause: error },
    )
  }
  const advice = isDamage(error) ? `; ${WAY_OUT}` : ''
  return new Error(`the index in ${data} cannot be opened: ${why}${advice}`, { cause: error })
}

/**
 * Whether the file that tells Level where its tables are is gone, although there was an index. Level would begin a new one
 * and remove all that is there.
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

export function lostIndex(data: string): Error {
  return new Error(
    `${data} holds the content of a registry, but its index is gone or lacks the file ${INDEX}/CURRENT: ${WAY_OUT}`,
  )
}

/** Makes an index of what can be read in Level's files. Those that it cannot use go to `index/lost`. */
export async function repair(data: string, log: Log): Promise<void> {
  log.warn(
    {},
    'the index is being repaired because storage.acceptGap is set: this may take a while',
  )
  // The types of `level` leave out what only LevelDB has.
  const files = Level as unknown as { repair(path: string): Promise<void> }
  await files.repair(join(data, INDEX))
  log.error(
    {},
    'the index was repaired: what could not be read is lost, and some of what was removed may be back',
  )
}

/** Remembers over restarts that damage was found. */
export async function rememberDamage(data: string, what: string): Promise<void> {
  const file = await open(join(data, INDEX_DAMAGED), 'w')
  try {
    await file.writeFile(`${what}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncDirectory(data)
}

export async function rememberedDamage(data: string): Promise<string | undefined> {
  try {
    return (await readFile(join(data, INDEX_DAMAGED), 'utf8')).trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

export async function forgetDamage(data: string): Promise<void> {
  await rm(join(data, INDEX_DAMAGED), { force: true })
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
