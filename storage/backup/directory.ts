import { access, mkdir, open, readdir, realpath, rm, rmdir, unlink } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { RegistryError } from '../../src/oci/errors.ts'
import { BACKUP_UNFINISHED, BLOBS, INDEX, UPLOADS } from '../keys.ts'

/**
 * Where a backup is made. Until it is whole a file in it says that it is not, and no server starts on it.
 */
export class BackupDirectory {
  readonly path: string
  readonly #made: boolean

  private constructor(path: string, made: boolean) {
    this.path = path
    this.#made = made
  }

  /**
   * Takes an empty directory, or makes it in one that is there.
   * @throws RegistryError REQUEST_INVALID, naming what is wrong with the place
   */
  static async begin(path: string, data: string): Promise<BackupDirectory> {
    if (!isAbsolute(path)) throw refused(path, 'is not an absolute path')
    const above = await realpath(dirname(path)).catch((error: unknown) => {
      throw refused(path, `cannot be made: ${reasonOf(error)}`)
    })
    const names = await readdir(path).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined
      throw refused(path, `cannot be used: ${reasonOf(error)}`)
    })
    const place = names === undefined ? join(above, basename(path)) : await realpath(path)
    if (`${place}/`.startsWith(`${await realpath(data)}/`))
      throw refused(path, 'lies in the data directory, which it is to save')
    if (names?.includes(BACKUP_UNFINISHED))
      throw refused(path, 'holds a backup that is not finished: remove it first')
    if (names?.length) throw refused(path, 'is not empty: a backup never changes what is there')
    try {
      // What is in it opens the registry, as the data directory does.
      if (names === undefined) await mkdir(place, { mode: 0o700 })
      const directory = new BackupDirectory(place, names === undefined)
      await directory.#mark()
      return directory
    } catch (error) {
      throw refused(path, `cannot be written: ${reasonOf(error)}`)
    }
  }

  /** To be called when everything in it is durable: from now on it is a backup. */
  async finish(): Promise<void> {
    await unlink(join(this.path, BACKUP_UNFINISHED))
    await syncDirectory(this.path)
  }

  /** Gives the space back. The mark goes last. */
  async remove(files: readonly string[]): Promise<void> {
    for (const name of [INDEX, BLOBS, UPLOADS, ...files, BACKUP_UNFINISHED])
      await rm(join(this.path, name), { recursive: true, force: true })
    if (this.#made) await rmdir(this.path)
  }

  async #mark(): Promise<void> {
    const file = await open(join(this.path, BACKUP_UNFINISHED), 'wx')
    try {
      await file.writeFile('Wasmoor was not done with this backup. It is of no use: remove it.\n')
      await file.sync()
    } finally {
      await file.close()
    }
    await syncDirectory(this.path)
    await syncDirectory(dirname(this.path))
  }
}

/** @throws Error with a message for the operator */
export async function refuseUnfinishedBackup(data: string): Promise<void> {
  const there = await access(join(data, BACKUP_UNFINISHED)).then(
    () => true,
    () => false,
  )
  if (there) {
    throw new Error(
      `${data} is a backup that was never finished, and not whole: start with another one, and remove this`,
    )
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

function refused(path: string, why: string): RegistryError {
  return new RegistryError('REQUEST_INVALID', `no backup to ${path}: it ${why}`)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
