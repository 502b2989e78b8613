import { Registry, type RegistryOptions } from '../../src/registry/registry.ts'
import { UPLOADS } from '../../storage/keys.ts'
import { assemble, type Storage } from '../../storage/storage.ts'
import { FailingDisk } from './failing-disk.ts'
import { FailingKeyValue } from './failing-key-value.ts'
import { KeptLog } from './kept-log.ts'
import { type DiskState, emptyDisk, MemoryDisk } from './memory-disk.ts'

/** A registry over its real storage on a disk and an index in memory, with everything a test may want to reach into. */
export interface TestRegistry {
  readonly registry: Registry
  readonly storage: Storage
  readonly disk: FailingDisk
  readonly files: DiskState
  readonly rows: FailingKeyValue
  readonly log: KeptLog
  /** The registry's clock. */
  readonly clock: { now: number }
  /** Files that are open. */
  readonly openFiles: () => number
  /** Names of files of unfinished uploads. */
  uploads(): Promise<string[]>
  /** A new process over the same storage. */
  restart(): Promise<TestRegistry>
}

const STANDARD = {
  references: 'strict',
  blobSize: 0,
  uploadSessions: 100,
  uploadExpiry: 1_000,
  manifestCache: 1_000_000,
  blobCache: 1_600_000,
} as const

export function openTestRegistry(options: Partial<RegistryOptions> = {}): Promise<TestRegistry> {
  return openOver(emptyDisk(), new FailingKeyValue(), { now: 1_000_000 }, options)
}

async function openOver(
  files: DiskState,
  rows: FailingKeyValue,
  clock: { now: number },
  options: Partial<RegistryOptions>,
): Promise<TestRegistry> {
  const memory = new MemoryDisk(files)
  const disk = new FailingDisk(memory)
  const log = new KeptLog()
  const storage = await assemble(rows, disk, { durable: true, log })
  const now = () => clock.now
  const registry = new Registry(storage, log, { ...STANDARD, now, ...options })
  await registry.uploads.sweep()
  return {
    registry,
    storage,
    disk,
    files,
    rows,
    log,
    clock,
    openFiles: () => memory.openFiles,
    uploads: () => memory.list(UPLOADS),
    restart: () => openOver(files, rows, clock, options),
  }
}
