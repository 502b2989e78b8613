import { RegistryError } from '../../src/oci/errors.ts'
import type { AppendFile, Disk, ReadFile } from '../../storage/files/disk.ts'
import type { Operation, Trace } from './trace.ts'

/** The content of a disk. */
export interface DiskState {
  readonly directories: Set<string>
  /** The file of each name. */
  readonly names: Map<string, number>
  readonly files: Map<number, Buffer>
}

export function emptyDisk(): DiskState {
  return { directories: new Set(['.', 'index']), names: new Map(), files: new Map() }
}

/** Delays and records the operations of a disk. */
export interface DiskRecorder {
  readonly trace: Trace<unknown>
  /** Lets other work run in between. */
  readonly pause: () => Promise<void>
}

/**
 * A disk in memory. With a recorder it delays its operations and records what a power cut could
 * undo.
 */
export class MemoryDisk implements Disk {
  readonly #state: DiskState
  readonly #recorder: DiskRecorder | undefined
  #nextFile: number
  #open = 0

  constructor(state: DiskState, recorder?: DiskRecorder) {
    this.#state = state
    this.#recorder = recorder
    this.#nextFile = Math.max(0, ...state.files.keys()) + 1
  }

  /** Files that were opened and not closed. */
  get openFiles(): number {
    return this.#open
  }

  async makeDirectory(path: string): Promise<void> {
    if (this.#state.directories.has(path)) return
    this.#mustExist(directoryOf(path))
    this.#state.directories.add(path)
    await this.#record((trace) => [trace.begin({ kind: 'make-directory', path })])
  }

  async syncDirectory(path: string): Promise<void> {
    this.#mustExist(path)
    await this.#sync((operation) => isIn(operation, path))
  }

  async create(path: string): Promise<AppendFile> {
    this.#mustExist(directoryOf(path))
    const known = this.#state.names.get(path)
    if (known !== undefined) return (await this.append(path, 0))!
    const file = this.#nextFile++
    this.#state.names.set(path, file)
    this.#state.files.set(file, Buffer.alloc(0))
    await this.#record((trace) => [trace.begin({ kind: 'enter', path, file })])
    return this.#appendFile(file, 0)
  }

  async append(path: string, length: number): Promise<AppendFile | undefined> {
    const file = this.#state.names.get(path)
    const bytes = file === undefined ? undefined : this.#state.files.get(file)
    if (file === undefined || bytes === undefined || bytes.byteLength < length) return undefined
    if (bytes.byteLength > length) {
      this.#state.files.set(file, bytes.subarray(0, length))
      await this.#record((trace) => [trace.begin({ kind: 'cut', file, length })])
    }
    return this.#appendFile(file, length)
  }

  async open(path: string): Promise<ReadFile | undefined> {
    const file = this.#state.names.get(path)
    if (file === undefined) return undefined
    const { files } = this.#state
    this.#open++
    let closed = false
    return {
      size: files.get(file)!.byteLength,
      read: async (position, into) => files.get(file)!.copy(into, 0, position),
      close: async () => {
        if (!closed) this.#open--
        closed = true
      },
    }
  }

  async rename(from: string, to: string): Promise<void> {
    this.#mustExist(directoryOf(to))
    const file = this.#state.names.get(from)
    if (file === undefined) throw missing(from)
    this.#state.names.set(to, file)
    this.#state.names.delete(from)
    await this.#record((trace) => trace.beginRename(from, to, file))
  }

  async link(): Promise<boolean> {
    return false
  }

  async unlink(path: string): Promise<boolean> {
    if (!this.#state.names.delete(path)) return false
    await this.#record((trace) => [trace.begin({ kind: 'leave', path })])
    return true
  }

  async list(path: string): Promise<string[]> {
    this.#mustExist(path)
    const names = [...this.#state.names.keys()].filter((name) => directoryOf(name) === path)
    return names.map((name) => name.slice(path.length + 1))
  }

  async close(): Promise<void> {}

  #appendFile(file: number, start: number): AppendFile {
    const { files } = this.#state
    let position = start
    this.#open++
    let closed = false
    return {
      append: async (given) => {
        // The caller reuses its memory.
        const bytes = Buffer.from(given)
        const at = position
        position += bytes.byteLength
        files.set(file, overwritten(files.get(file)!, at, bytes))
        await this.#record((trace) => [trace.begin({ kind: 'write', file, position: at, bytes })])
      },
      sync: () =>
        this.#sync(
          ({ effect }) => 'file' in effect && effect.file === file && effect.kind !== 'enter',
        ),
      close: async () => {
        if (!closed) this.#open--
        closed = true
      },
    }
  }

  #mustExist(directory: string): void {
    if (!this.#state.directories.has(directory)) throw missing(directory)
  }

  async #record(begin: (trace: Trace<unknown>) => Operation[]): Promise<void> {
    if (this.#recorder === undefined) return
    const operations = begin(this.#recorder.trace)
    await this.#recorder.pause()
    for (const operation of operations) operation.done = true
  }

  /** When it ends, it covers the operations that were done before it began. */
  async #sync(covers: (operation: Operation) => boolean): Promise<void> {
    if (this.#recorder === undefined) return
    const { trace } = this.#recorder
    const covered = trace.operations.filter((operation) => operation.done && covers(operation))
    await this.#recorder.pause()
    trace.synced(covered)
  }
}

/** The file after a write. The gap between its end and the write is filled with zeros. */
export function overwritten(before: Buffer, position: number, bytes: Uint8Array): Buffer {
  const after = Buffer.alloc(Math.max(before.byteLength, position + bytes.byteLength))
  after.set(before)
  after.set(bytes, position)
  return after
}

export function directoryOf(path: string): string {
  const cut = path.lastIndexOf('/')
  return cut === -1 ? '.' : path.slice(0, cut)
}

/** Whether a sync of the directory covers the operation. */
function isIn({ effect }: Operation, directory: string): boolean {
  return 'path' in effect && directoryOf(effect.path) === directory
}

function missing(path: string): RegistryError {
  return new RegistryError('UNAVAILABLE', `no such file or directory: ${path}`)
}
