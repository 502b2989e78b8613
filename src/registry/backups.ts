import { RegistryError } from '../oci/errors.ts'
import { BackupDirectory } from '../../storage/backup/directory.ts'
import { type BackupProgress, writeBackup } from '../../storage/backup/backup.ts'
import type { RegistryContext } from './context.ts'
import { CollectionPause } from './collection-pause.ts'

export interface BackupPlaces {
  /** The data directory. */
  readonly data: string
  /** Names of further files in it that belong into a backup. */
  readonly files: readonly string[]
}

/** The backup that runs, or the last one. Times are milliseconds since 1970. */
export interface BackupStatus {
  readonly state: 'running' | 'finished' | 'failed'
  readonly directory: string
  readonly startedAt: number
  readonly endedAt?: number
  readonly progress: Readonly<BackupProgress>
  /** Why it failed. */
  readonly reason?: string
}

/** Copies of the whole registry while it is in use, one at a time, in the background. */
export class Backups {
  readonly #context: RegistryContext
  readonly #places: BackupPlaces
  readonly #stopping = new AbortController()
  #status: BackupStatus | undefined
  #running: Promise<void> = Promise.resolve()
  #busy = false

  constructor(context: RegistryContext, places: BackupPlaces) {
    this.#context = context
    this.#places = places
  }

  get status(): BackupStatus | undefined {
    return this.#status
  }

  /**
   * Begins a backup to an absolute path: a directory that is empty, or not there.
   * @throws RegistryError REQUEST_INVALID, CONFLICT if one is running, UNAVAILABLE if the index lacks records
   */
  async start(path: string): Promise<BackupStatus> {
    const { index } = this.#context.storage
    if (this.#busy) throw new RegistryError('CONFLICT', 'a backup is running: wait until it ends')
    // A copy would hide that something is missing.
    if (index.health.failure) throw index.health.failure
    this.#busy = true
    try {
      const directory = await BackupDirectory.begin(path, this.#places.data)
      const status: BackupStatus = {
        state: 'running',
        directory: directory.path,
        startedAt: this.#context.now(),
        progress: { rows: 0, blobs: 0, bytes: 0, copied: 0, damaged: 0 },
      }
      this.#status = status
      this.#running = this.#run(directory, status).finally(() => {
        this.#busy = false
      })
      return status
    } catch (error) {
      this.#busy = false
      throw error
    }
  }

  /** Breaks off a backup that is running; its directory is left as unfinished. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('the server was stopped'))
    await this.#running
  }

  async #run(directory: BackupDirectory, status: BackupStatus): Promise<void> {
    const { storage, log } = this.#context
    const { progress } = status
    const { signal } = this.#stopping
    log.info({ directory: directory.path }, 'a backup has begun')
    try {
      const held = await CollectionPause.take(storage.index.leases, 'backup', this.#context)
      let unbroken = false
      try {
        await writeBackup(storage, directory, { ...this.#places, log, progress, signal })
      } finally {
        unbroken = await held.release()
      }
      if (!unbroken) throw new Error('removals went on in the meantime: begin again')
      await directory.finish()
      this.#status = { ...status, state: 'finished', endedAt: this.#context.now() }
      log.info({ directory: directory.path, ...progress }, 'a backup is finished')
    } catch (error) {
      log.error({ directory: directory.path, err: error }, 'a backup has failed')
      // Whoever stops a server does not want to wait for this.
      if (!signal.aborted) await this.#remove(directory)
      const endedAt = this.#context.now()
      this.#status = { ...status, state: 'failed', endedAt, reason: reasonOf(error) }
    }
  }

  async #remove(directory: BackupDirectory): Promise<void> {
    try {
      await directory.remove(this.#places.files)
    } catch (error) {
      this.#context.log.error(
        { directory: directory.path, err: error },
        'what there is of a failed backup could not be removed',
      )
    }
  }
}

/** What a client of the registry is told of its disk says nothing of the other disk: the cause does. */
function reasonOf(error: unknown): string {
  if (error instanceof RegistryError && error.cause instanceof Error) return error.cause.message
  return error instanceof Error ? error.message : String(error)
}
