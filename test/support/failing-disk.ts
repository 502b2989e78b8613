import { storageError } from '../../storage/storage-error.ts'
import type { AppendFile, Disk, ReadFile } from '../../storage/files/disk.ts'

/** Operations of the disk and of its open files that can fail. */
export type DiskOperation = keyof Disk | 'write' | 'sync' | 'read'

/** A disk that lets single operations fail or wait, and records all operations. */
export class FailingDisk implements Disk {
  readonly asked: DiskOperation[] = []
  readonly #disk: Disk
  readonly #failures = new Map<DiskOperation, Error>()
  readonly #gates = new Map<DiskOperation, Promise<void>>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** Makes the next such operation fail. */
  failNext(operation: DiskOperation, message = 'EIO: input/output error'): void {
    this.#failures.set(operation, new Error(message))
  }

  /** Makes such operations wait until the returned function is called. */
  hold(operation: DiskOperation): () => void {
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    this.#gates.set(operation, gate)
    return release
  }

  times(operation: DiskOperation): number {
    return this.asked.filter((one) => one === operation).length
  }

  makeDirectory(path: string): Promise<void> {
    return this.#do('makeDirectory', () => this.#disk.makeDirectory(path))
  }

  syncDirectory(path: string): Promise<void> {
    return this.#do('syncDirectory', () => this.#disk.syncDirectory(path))
  }

  create(path: string): Promise<AppendFile> {
    return this.#do('create', async () => this.#appending(await this.#disk.create(path)))
  }

  append(path: string, length: number): Promise<AppendFile | undefined> {
    return this.#do('append', async () => {
      const file = await this.#disk.append(path, length)
      return file && this.#appending(file)
    })
  }

  open(path: string): Promise<ReadFile | undefined> {
    return this.#do('open', async () => {
      const file = await this.#disk.open(path)
      return (
        file && {
          size: file.size,
          read: (position, into) => this.#do('read', () => file.read(position, into)),
          close: () => file.close(),
        }
      )
    })
  }

  rename(from: string, to: string): Promise<void> {
    return this.#do('rename', () => this.#disk.rename(from, to))
  }

  link(from: string, path: string): Promise<boolean> {
    return this.#do('link', () => this.#disk.link(from, path))
  }

  unlink(path: string): Promise<boolean> {
    return this.#do('unlink', () => this.#disk.unlink(path))
  }

  list(path: string): Promise<string[]> {
    return this.#do('list', () => this.#disk.list(path))
  }

  close(): Promise<void> {
    return this.#disk.close()
  }

  #appending(file: AppendFile): AppendFile {
    return {
      append: (bytes) => this.#do('write', () => file.append(bytes)),
      sync: () => this.#do('sync', () => file.sync()),
      close: () => file.close(),
    }
  }

  async #do<T>(operation: DiskOperation, work: () => Promise<T>): Promise<T> {
    this.asked.push(operation)
    await this.#gates.get(operation)
    const failure = this.#failures.get(operation)
    this.#failures.delete(operation)
    if (failure) throw storageError(failure)
    return work()
  }
}
