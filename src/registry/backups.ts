import { BackupDirectory } from '../../storage/backup/directory.ts'
import { writeBackup } from '../../storage/backup/backup.ts'
import type { BackupStatus } from '../api/operations.ts'
import { messageOf } from '../base/errno.ts'
import { RegistryError } from '../oci/errors.ts'
import { CollectionPause } from './collection-pause.ts'
import type { RegistryContext } from './context.ts'

export interface BackupSource {
  /** The data directory. */
  readonly data: string
  /** Names of further files in it that belong to a backup. */
  readonly files: readonly string[]
}

/** Backs the registry up in the background, while it is in use. One backup at a time. */
export class Backups {
  readonly #context: RegistryContext
  readonly #source: BackupSource
  readonly #stopping = new AbortController()
  #status: BackupStatus | undefined
  #running: Promise<void> = Promise.resolve()
  #busy = false

  constructor(context: RegistryContext, source: BackupSource) {
    this.#context = context
    this.#source = source
  }

  get status(): BackupStatus | undefined {
    return this.#status
  }

  /**
   * Begins a backup.
   * @param path absolute; a directory that is empty or does not exist
   * @throws RegistryError REQUEST_INVALID, CONFLICT if one is running, UNAVAILABLE if the index is
   *   damaged
   */
  async start(path: string): Promise<BackupStatus> {
    const { index } = this.#context.storage
    if (this.#busy) throw new RegistryError('CONFLICT', 'a backup is running: wait until it ends')
    // The backup would be incomplete, and would not show it.
    if (index.health.failure) throw index.health.failure
    this.#busy = true
    try {
      const directory = await BackupDirectory.begin(path, this.#source.data)
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

  /** Stops a running backup, whose directory stays marked as unfinished. */
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
      const pause = await CollectionPause.take(storage.index.leases, 'backup', this.#context)
      let unbroken = false
      try {
        await writeBackup(storage, directory, { ...this.#source, log, progress, signal })
      } finally {
        unbroken = await pause.release()
      }
      if (!unbroken)
        throw new Error('collection was not paused all the time: start the backup again')
      await directory.finish()
      this.#status = { ...status, state: 'finished', endedAt: this.#context.now() }
      log.info({ directory: directory.path, ...progress }, 'a backup is finished')
    } catch (error) {
      log.error({ directory: directory.path, err: error }, 'a backup has failed')
      // This may take long, and a server that is being stopped must not wait for it.
      if (!signal.aborted) await this.#remove(directory)
      const endedAt = this.#context.now()
      this.#status = { ...status, state: 'failed', endedAt, reason: reasonOf(error) }
    }
  }

  async #remove(directory: BackupDirectory): Promise<void> {
    try {
      await directory.remove(this.#source.files)
    } catch (error) {
      this.#context.log.error(
        { directory: directory.path, err: error },
        'the directory of a failed backup could not be removed',
      )
    }
  }
}

/**
 * A storage failure speaks to clients about the registry's disk: its cause is about the backup's.
 */
function reasonOf(error: unknown): string {
  return messageOf(error instanceof RegistryError ? (error.cause ?? error) : error)
}
