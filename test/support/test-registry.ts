import { Registry, type RegistryOptions } from '../../src/registry/registry.ts'
import { UPLOADS } from '../../storage/keys.ts'
import { assemble, type Storage } from '../../storage/storage.ts'
import { FailingDisk } from './failing-disk.ts'
import { FailingKeyValue } from './failing-key-value.ts'
import { KeptLog } from './kept-log.ts'
import { registrySettings, type SettingsChanges } from './registry-settings.ts'
import { type DiskState, emptyDisk, MemoryDisk } from './memory-disk.ts'

/**
 * A registry over its real storage, on a disk and an index in memory, and access to all its parts.
 */
export interface TestRegistry {
  readonly registry: Registry
  readonly storage: Storage
  readonly disk: FailingDisk
  readonly files: DiskState
  readonly rows: FailingKeyValue
  readonly log: KeptLog
  /** The registry's clock. */
  readonly clock: { now: number }
  /** The number of open files. */
  readonly openFiles: () => number
  /** The names of the files of unfinished uploads. */
  uploads(): Promise<string[]>
  /** A new process over the same storage. */
  restart(): Promise<TestRegistry>
}

export type TestRegistryOptions = SettingsChanges & Pick<RegistryOptions, 'observer' | 'gate'>

export function openTestRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  return openOver(emptyDisk(), new FailingKeyValue(), { now: 1_000_000 }, options)
}

async function openOver(
  files: DiskState,
  rows: FailingKeyValue,
  clock: { now: number },
  options: TestRegistryOptions,
): Promise<TestRegistry> {
  const memory = new MemoryDisk(files)
  const disk = new FailingDisk(memory)
  const log = new KeptLog()
  const storage = await assemble(rows, disk, { durable: true, log })
  const now = () => clock.now
  const cache = { blobs: 1_600_000, manifests: 1_000_000, ...options.cache }
  const { observer, gate } = options
  const settings = registrySettings({ ...options, cache })
  const registry = new Registry(storage, log, { ...settings, observer, gate, now, pushTime: 20 })
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
