import {
  access,
  chmod,
  mkdir,
  open,
  readdir,
  realpath,
  rm,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { isErrno, messageOf } from '../../src/base/errno.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import { BACKUP_UNFINISHED, BLOBS, INDEX, UPLOADS } from '../keys.ts'

/**
 * The directory of a backup. Until the backup is complete, a file in it marks it, and no server
 * starts on it.
 */
export class BackupDirectory {
  readonly path: string
  readonly #made: boolean

  private constructor(path: string, made: boolean) {
    this.path = path
    this.#made = made
  }

  /**
   * Takes an empty directory, or creates one whose parent exists.
   * @throws RegistryError REQUEST_INVALID with what is wrong with the path
   */
  static async begin(path: string, data: string): Promise<BackupDirectory> {
    if (!isAbsolute(path)) throw invalidPathError(path, 'is not an absolute path')
    const above = await realpath(dirname(path)).catch((error: unknown) => {
      throw invalidPathError(path, `cannot be created: ${messageOf(error)}`)
    })
    const names = await readdir(path).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT')) return undefined
      throw invalidPathError(path, `cannot be used: ${messageOf(error)}`)
    })
    const place = names === undefined ? join(above, basename(path)) : await realpath(path)
    if (`${place}/`.startsWith(`${await realpath(data)}/`))
      throw invalidPathError(path, 'is inside the data directory that it is a backup of')
    if (names?.includes(BACKUP_UNFINISHED))
      throw invalidPathError(path, 'holds an unfinished backup: delete it first')
    if (names?.length) throw invalidPathError(path, 'is not empty: a backup never overwrites files')
    try {
      // Like the data directory it contains keys.
      if (names === undefined) await mkdir(place, { mode: 0o700 })
      else await makePrivate(place)
      const directory = new BackupDirectory(place, names === undefined)
      await directory.#mark()
      return directory
    } catch (error) {
      throw invalidPathError(path, `cannot be written: ${messageOf(error)}`)
    }
  }

  /** Removes the mark. To be called when everything in the directory is durable. */
  async finish(): Promise<void> {
    await unlink(join(this.path, BACKUP_UNFINISHED))
    await syncDirectory(this.path)
  }

  /** Deletes the backup, its mark last. */
  async remove(files: readonly string[]): Promise<void> {
    for (const name of [INDEX, BLOBS, UPLOADS, ...files, BACKUP_UNFINISHED])
      await rm(join(this.path, name), { recursive: true, force: true })
    if (this.#made) await rmdir(this.path)
  }

  async #mark(): Promise<void> {
    const file = await open(join(this.path, BACKUP_UNFINISHED), 'wx')
    try {
      await file.writeFile('This backup is unfinished and cannot be used: delete it.\n')
      await file.sync()
    } finally {
      await file.close()
    }
    await syncDirectory(this.path)
    await syncDirectory(dirname(this.path))
  }
}

/** @throws Error if that is not possible */
async function makePrivate(path: string): Promise<void> {
  if (((await stat(path)).mode & 0o077) === 0) return
  await chmod(path, 0o700).catch((cause: unknown) => {
    const advice = 'other users can read it: name a directory in it, which is created for the owner'
    throw new Error(advice, { cause })
  })
}

/** @throws Error with a message for the operator */
export async function refuseUnfinishedBackup(data: string): Promise<void> {
  const there = await access(join(data, BACKUP_UNFINISHED)).then(
    () => true,
    () => false,
  )
  if (there) {
    throw new Error(`${data} is an unfinished backup: start on another one, and delete this one`)
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function invalidPathError(path: string, reason: string): RegistryError {
  return new RegistryError('REQUEST_INVALID', `cannot back up to ${path}: it ${reason}`)
}
