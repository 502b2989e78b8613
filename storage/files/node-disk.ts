import { type FileHandle, link, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppendFile, Disk, ReadFile } from './disk.ts'
import { descriptorLimit, shareDescriptors } from '../../src/base/descriptors.ts'
import { isErrno } from '../../src/base/errno.ts'
import { storageError } from '../storage-error.ts'

/** link(2): another file system, no support for links, too many links, no such file. */
const UNLINKABLE = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'ENOENT']

/**
 * The data directory on a real disk. `durable: false` leaves out every fsync, for throw-away use.
 */
export class NodeDisk implements Disk {
  readonly #root: string
  readonly #durable: boolean
  /** Directories that stay open. */
  readonly #mostDirectories: number
  /**
   * Stay open with the store: opening one for each sync would cost more than the sync. There are at
   * most 516 (keys.ts), of which only as many stay open as the limit of descriptors allows.
   */
  readonly #directories = new Map<string, Promise<FileHandle>>()

  constructor(root: string, durable: boolean) {
    this.#root = root
    this.#durable = durable
    this.#mostDirectories = shareDescriptors(descriptorLimit()).directories
  }

  async makeDirectory(path: string): Promise<void> {
    await checked(mkdir(this.#at(path)).catch(orIf(['EEXIST'], undefined)))
  }

  async syncDirectory(path: string): Promise<void> {
    if (!this.#durable) return
    const known = this.#directories.get(path)
    const stays = known !== undefined || this.#directories.size < this.#mostDirectories
    const directory = await (stays ? this.#directory(path) : checked(open(this.#at(path), 'r')))
    try {
      await checked(directory.sync())
    } finally {
      if (!stays) await directory.close()
    }
  }

  async create(path: string): Promise<AppendFile> {
    return new NodeAppendFile(await checked(open(this.#at(path), 'w+')), this.#durable)
  }

  async append(path: string, length: number): Promise<AppendFile | undefined> {
    const handle = await checked(open(this.#at(path), 'r+').catch(orIf(['ENOENT'], undefined)))
    if (handle === undefined) return undefined
    try {
      const { size } = await checked(handle.stat())
      if (size < length) {
        await handle.close()
        return undefined
      }
      if (size > length) await checked(handle.truncate(length))
      return new NodeAppendFile(handle, this.#durable, length)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async open(path: string): Promise<ReadFile | undefined> {
    const handle = await checked(open(this.#at(path), 'r').catch(orIf(['ENOENT'], undefined)))
    if (handle === undefined) return undefined
    try {
      const { size } = await checked(handle.stat())
      return new NodeReadFile(handle, size)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await checked(rename(this.#at(from), this.#at(to)))
  }

  async link(from: string, path: string): Promise<boolean> {
    return checked(link(this.#at(from), path).then(() => true, orIf(UNLINKABLE, false)))
  }

  async unlink(path: string): Promise<boolean> {
    return checked(unlink(this.#at(path)).then(() => true, orIf(['ENOENT'], false)))
  }

  async list(path: string): Promise<string[]> {
    return checked(readdir(this.#at(path)))
  }

  async close(): Promise<void> {
    const handles = await Promise.allSettled(this.#directories.values())
    this.#directories.clear()
    for (const handle of handles) if (handle.status === 'fulfilled') await handle.value.close()
  }

  #directory(path: string): Promise<FileHandle> {
    const known = this.#directories.get(path)
    if (known) return known
    const opening = checked(open(this.#at(path), 'r'))
    this.#directories.set(path, opening)
    opening.catch(() => this.#directories.delete(path))
    return opening
  }

  #at(path: string): string {
    return join(this.#root, path)
  }
}

class NodeAppendFile implements AppendFile {
  readonly #handle: FileHandle
  readonly #durable: boolean
  #position: number

  constructor(handle: FileHandle, durable: boolean, position = 0) {
    this.#handle = handle
    this.#durable = durable
    this.#position = position
  }

  async append(bytes: Uint8Array): Promise<void> {
    // A write is short when the disk fills up: then the next one fails.
    for (let rest = bytes; rest.byteLength > 0;) {
      const { bytesWritten } = await checked(
        this.#handle.write(rest, 0, rest.byteLength, this.#position),
      )
      this.#position += bytesWritten
      rest = rest.subarray(bytesWritten)
    }
  }

  async sync(): Promise<void> {
    if (this.#durable) await checked(this.#handle.sync())
  }

  async close(): Promise<void> {
    await checked(this.#handle.close())
  }
}

class NodeReadFile implements ReadFile {
  readonly size: number
  readonly #handle: FileHandle

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.size = size
  }

  async read(position: number, into: Uint8Array): Promise<number> {
    let filled = 0
    while (filled < into.byteLength) {
      const { bytesRead } = await checked(
        this.#handle.read(into, filled, into.byteLength - filled, position + filled),
      )
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return filled
  }

  async close(): Promise<void> {
    await checked(this.#handle.close())
  }
}

/** @throws RegistryError in place of the error of the operating system */
async function checked<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation
  } catch (error) {
    throw storageError(error)
  }
}

/** A handler that returns the value for errors with these codes, and throws all others. */
function orIf<T>(codes: readonly string[], value: T): (error: unknown) => T {
  return (error) => {
    if (isErrno(error, ...codes)) return value
    throw error
  }
}
