import type { UploadRecord } from '../../../storage/index/uploads.ts'
import { algorithmOf, type Digest, type DigestAlgorithm } from '../../oci/digest.ts'
import type { RegistryContext } from '../context.ts'
import type { BlobObserver } from './blob-observer.ts'
import { commitBlob } from './commit.ts'
import { UploadLock } from './lock.ts'
import { type UploadBody, type UploadPart, type UploadStatus, uploadStatus } from './part.ts'
import { SessionTransfers } from './session-transfers.ts'
import type { UploadStarter } from './session-shares.ts'
import { UploadSessions, type UploadSessionSettings } from './sessions.ts'
import { BlobTransfer, RunningDigest } from './transfer.ts'

export interface UploadServiceOptions extends UploadSessionSettings {
  readonly observer?: BlobObserver | undefined
}

const NOBODY: UploadStarter = { owner: '' }

/**
 * Blob uploads. The bytes of an upload session arrive in parts, by one writer at a time, and
 * outlive restarts until a digest closes the session.
 */
export class UploadService {
  readonly #context: RegistryContext
  readonly #options: UploadServiceOptions
  readonly #sessions: UploadSessions
  readonly #transfers: SessionTransfers
  readonly #lock = new UploadLock()

  constructor(context: RegistryContext, options: UploadServiceOptions) {
    this.#context = context
    this.#options = options
    this.#sessions = new UploadSessions(context, options)
    this.#transfers = new SessionTransfers(context, this.#sessions, {
      blobSize: options.limits.blobSize,
      startDigest: (repository, algorithm) => this.#startDigest(repository, algorithm),
    })
  }

  /**
   * Opens a session.
   * @param algorithm the one that the client means to close the session with, if it says so
   * @param starter the caller that opens it
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async start(
    repository: string,
    algorithm?: DigestAlgorithm,
    starter: UploadStarter = NOBODY,
  ): Promise<UploadStatus> {
    const record = await this.#sessions.open(repository, starter)
    if (algorithm) this.#transfers.expectAlgorithm(record, algorithm)
    return uploadStatus(record)
  }

  /** The session as it is now, without its lock: a running request may be about to change it. */
  find(id: string): Promise<UploadRecord | undefined> {
    return this.#sessions.find(id)
  }

  /**
   * The status of a session. Ends a request that is writing to it, because the client resumes from
   * the answer.
   * @throws RegistryError BLOB_UPLOAD_UNKNOWN
   */
  status(repository: string, id: string): Promise<UploadStatus> {
    return this.#lock.take(id, async () => uploadStatus(await this.#sessions.get(repository, id)))
  }

  /**
   * Adds bytes. If the request breaks off, the bytes that arrived are kept; if it has more or fewer
   * than it announced, none.
   * @throws RegistryError BLOB_UPLOAD_UNKNOWN, RANGE_INVALID, SIZE_INVALID, TOO_LARGE
   */
  append(repository: string, id: string, part: UploadPart): Promise<UploadStatus> {
    return this.#lock.take(id, async (holder) => {
      const record = await this.#sessions.get(repository, id)
      return uploadStatus(await this.#transfers.append(record, part, holder))
    })
  }

  /**
   * Adds the last bytes, if any, and makes the whole a blob of the repository. Durable when it
   * resolves.
   * @throws RegistryError DIGEST_INVALID, which ends the session; BLOB_UPLOAD_UNKNOWN,
   *   RANGE_INVALID, SIZE_INVALID, TOO_LARGE
   */
  finish(repository: string, id: string, expected: Digest, part: UploadPart): Promise<void> {
    return this.#lock.take(id, async (holder) => {
      const record = await this.#sessions.get(repository, id)
      const transfer = await this.#transfers.complete(record, expected, part, holder)
      await commitBlob(this.#context, repository, expected, transfer, id)
      this.#sessions.forget(record)
    })
  }

  /**
   * Uploads a blob in a single request, without a session. Durable when it resolves.
   * @throws RegistryError DIGEST_INVALID, TOO_LARGE; the errors of the chunks
   */
  async put(repository: string, expected: Digest, body: UploadBody): Promise<void> {
    const writer = this.#context.storage.blobs.start()
    const running = this.#startDigest(repository, algorithmOf(expected))
    const transfer = new BlobTransfer(writer, running, this.#options.limits.blobSize)
    try {
      await transfer.receive(body)
      await transfer.verify(expected)
      await commitBlob(this.#context, repository, expected, transfer)
    } catch (error) {
      await transfer.abort()
      throw error
    }
  }

  /**
   * Ends a session without making a blob of it.
   * @throws RegistryError BLOB_UPLOAD_UNKNOWN
   */
  cancel(repository: string, id: string): Promise<void> {
    return this.#lock.take(id, async () => {
      await this.#transfers.end(await this.#sessions.get(repository, id))
    })
  }

  /**
   * Ends the expired sessions. To be called before the first session is opened, and regularly
   * afterwards.
   */
  async sweep(): Promise<void> {
    await this.#sessions.forEach(async (record) => {
      if (this.#sessions.isExpired(record) && !this.#lock.isTaken(record.id))
        await this.#lock.take(record.id, () => this.#expire(record.id))
    })
  }

  async #expire(id: string): Promise<void> {
    // Since the list was read, a request may have continued or ended the session.
    const record = await this.#sessions.find(id)
    if (record === undefined || !this.#sessions.isExpired(record)) return
    await this.#transfers.end(record)
    const { repository } = record
    this.#context.log.info({ repository, upload: id }, 'an unfinished upload has expired')
  }

  #startDigest(repository: string, algorithm: DigestAlgorithm): RunningDigest {
    return new RunningDigest(algorithm, () => this.#options.observer?.watch(repository))
  }
}
