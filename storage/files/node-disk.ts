import { type FileHandle, link, mkdir, open, readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppendFile, Disk, ReadFile } from './disk.ts'
import { storageFailure } from '../failure.ts'

const EXISTS = /^EEXIST$/
const MISSING = /^ENOENT$/
/** link(2): another file system, one without links, one that has no more for this file, nothing there. */
const NOT_TO_BE_LINKED = /^(?:EXDEV|EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EMLINK|ENOENT)$/

/** The data directory on a real disk. `durable: false` leaves out every fsync, for throw-away use. */
export class NodeDisk implements Disk {
  readonly #root: string
  readonly #durable: boolean
  /** Open for as long as the store is: opening one for each sync costs more than a clean sync. At most 516 (keys.ts). */
  readonly #directories = new Map<string, Promise<FileHandle>>()

  constructor(root: string, durable: boolean) {
    this.#root = root
    this.#durable = durable
  }

  async makeDirectory(path: string): Promise<void> {
    await failing(mkdir(this.#at(path)).catch(unless(EXISTS, undefined)))
  }

  async syncDirectory(path: string): Promise<void> {
    if (!this.#durable) return
    const directory = await this.#directory(path)
    await failing(directory.sync())
  }

  async create(path: string): Promise<AppendFile> {
    return new NodeAppendFile(await failing(open(this.#at(path), 'w+')), this.#durable)
  }

  async append(path: string, length: number): Promise<AppendFile | undefined> {
    const handle = await failing(open(this.#at(path), 'r+').catch(unless(MISSING, undefined)))
    if (handle === undefined) return undefined
    try {
      const { size } = await failing(handle.stat())
      if (size < length) {
        await handle.close()
        return undefined
      }
      if (size > length) await failing(handle.truncate(length))
      return new NodeAppendFile(handle, this.#durable, length)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async open(path: string): Promise<ReadFile | undefined> {
    const handle = await failing(open(this.#at(path), 'r').catch(unless(MISSING, undefined)))
    if (handle === undefined) return undefined
    try {
      const { size } = await failing(handle.stat())
      return new NodeReadFile(handle, size)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await failing(rename(this.#at(from), this.#at(to)))
  }

  async link(from: string, path: string): Promise<boolean> {
    return failing(link(this.#at(from), path).then(() => true, unless(NOT_TO_BE_LINKED, false)))
  }

  async unlink(path: string): Promise<boolean> {
    return failing(unlink(this.#at(path)).then(() => true, unless(MISSING, false)))
  }

  async list(path: string): Promise<string[]> {
    return failing(readdir(this.#at(path)))
  }

  async close(): Promise<void> {
    const handles = await Promise.allSettled(this.#directories.values())
    this.#directories.clear()
    for (const handle of handles) if (handle.status === 'fulfilled') await handle.value.close()
  }

  #directory(path: string): Promise<FileHandle> {
    const known = this.#directories.get(path)
    if (known) return known
    const opening = failing(open(this.#at(path), 'r'))
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
    // A short write happens when the disk fills up in the middle: the next attempt says so.
    for (let rest = bytes; rest.byteLength > 0;) {
      const { bytesWritten } = await failing(
        this.#handle.write(rest, 0, rest.byteLength, this.#position),
      )
      this.#position += bytesWritten
      rest = rest.subarray(bytesWritten)
    }
  }

  async sync(): Promise<void> {
    if (this.#durable) await failing(this.#handle.sync())
  }

  async close(): Promise<void> {
    await failing(this.#handle.close())
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
      const { bytesRead } = await failing(
        this.#handle.read(into, filled, into.byteLength - filled, position + filled),
      )
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return filled
  }

  async close(): Promise<void> {
    await failing(this.#handle.close())
  }
}

async function failing<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation
  } catch (error) {
    throw storageFailure(error)
  }
}

function unless<T>(codes: RegExp, value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && 'code' in error && codes.test(String(error.code))) return value
    throw error
  }
}
