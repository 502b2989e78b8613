import { randomUUID } from 'node:crypto'
import { algorithmOf, type Digest, type DigestAlgorithm } from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import type { BlobWriter } from '../../../storage/blob-store.ts'
import type { UploadRecord } from '../../../storage/index/uploads.ts'
import type { BlobObserver } from './blob-observer.ts'
import { BlobTransfer } from './transfer.ts'
import type { RegistryContext } from '../context.ts'
import { commitBlob } from './commit-blob.ts'
import { UploadSessions } from './sessions.ts'
import { RunningDigest } from './running-digest.ts'
import type { UploadBody, UploadPart } from './part.ts'
import { checkStart, statusOf, type UploadStatus } from './status.ts'
import { type UploadLease, UploadLock } from './lock.ts'

export interface UploadRulesOptions {
  /** Bytes; 0 for no limit. */
  readonly blobSize: number
  readonly observer?: BlobObserver
  /** Sessions at a time. */
  readonly sessions: number
  /** Milliseconds after the last byte. */
  readonly expiry: number
}

/** Upload sessions: bytes in pieces, by one writer at a time, kept over restarts until a digest closes them. */
export class UploadRules {
  readonly #context: RegistryContext
  readonly #options: UploadRulesOptions
  readonly #open: UploadSessions
  readonly #turns = new UploadLock()
  /** Digests of sessions that this process has seen all bytes of; others are read again when they go on. */
  readonly #digests = new Map<string, RunningDigest>()

  constructor(context: RegistryContext, options: UploadRulesOptions) {
    this.#context = context
    this.#options = options
    this.#open = new UploadSessions(context, options.sessions)
  }

  /**
   * Opens a session of an account. `algorithm` is what the client means to close it with, if it said so.
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async start(repository: string, algorithm?: DigestAlgorithm, owner = ''): Promise<UploadStatus> {
    const id = randomUUID()
    const now = this.#context.now()
    const state = await this.#context.storage.blobs.start().suspend()
    await this.#open.add({ id, repository, owner, state, startedAt: now, touchedAt: now })
    if (algorithm) this.#digests.set(id, this.#digest(repository, algorithm))
    return { id, repository, offset: 0 }
  }

  /** The session, whoever asks. */
  find(id: string): Promise<UploadRecord | undefined> {
    return this.#open.find(id)
  }

  /**
   * Where a session is. Ends a request that is still writing to it: whoever asks goes on from the answer.
   * @throws RegistryError BLOB_UPLOAD_UNKNOWN
   */
  status(repository: string, id: string): Promise<UploadStatus> {
    return this.#turns.take(id, async () => statusOf(await this.#find(repository, id)))
  }

  /**
   * Adds bytes. If the request breaks off, what arrived is kept; if it brings other bytes than it claimed, none is.
   * @throws RegistryError BLOB_UPLOAD_UNKNOWN, RANGE_INVALID, SIZE_INVALID, TOO_LARGE
   */
  append(repository: string, id: string, part: UploadPart): Promise<UploadStatus> {
    return this.#turns.take(id, async (turn) => {
      const record = await this.#find(repository, id)
      const likely = this.#digests.get(id)?.algorithm ?? 'sha256'
      const receiver = await this.#receive(record, likely, part, turn)
      return statusOf(await this.#save(record, receiver))
    })
  }

  /**
   * Adds the last bytes, if any, and makes the whole the blob of that digest.
   * @throws RegistryError DIGEST_INVALID, which ends the session; BLOB_UPLOAD_UNKNOWN, RANGE_INVALID, SIZE_INVALID, TOO_LARGE
   */
  finish(repository: string, id: string, digest: Digest, part: UploadPart): Promise<void> {
    return this.#turns.take(id, async (turn) => {
      const record = await this.#find(repository, id)
      const receiver = await this.#receive(record, algorithmOf(digest), part, turn)
      this.#digests.delete(id)
      try {
        await receiver.expect(digest, algorithmOf(digest))
      } catch (error) {
        receiver.digest.abandon()
        await receiver.writer.abort()
        if (error instanceof RegistryError && error.failure === 'DIGEST_INVALID')
          await this.#end(record)
        throw error
      }
      await commitBlob(this.#context, repository, digest, receiver, id)
      this.#open.forget()
    })
  }

  /**
   * Takes a whole blob in one request, without a session.
   * @throws RegistryError DIGEST_INVALID, TOO_LARGE
   */
  async put(repository: string, digest: Digest, body: UploadBody): Promise<void> {
    const writer = this.#context.storage.blobs.start()
    const running = this.#digest(repository, algorithmOf(digest))
    const receiver = new BlobTransfer(writer, running, this.#options.blobSize)
    try {
      await receiver.receive(body)
      await receiver.expect(digest, running.algorithm)
      await commitBlob(this.#context, repository, digest, receiver)
    } catch (error) {
      receiver.digest.abandon()
      await writer.abort().catch(() => undefined)
      throw error
    }
  }

  /**
   * Gives a session up.
   * @throws RegistryError BLOB_UPLOAD_UNKNOWN
   */
  cancel(repository: string, id: string): Promise<void> {
    return this.#turns.take(id, async () => {
      const record = await this.#find(repository, id)
      await this.#end(record)
    })
  }

  /** Ends sessions without a byte for too long, at first counting all. To be called at start and then now and again. */
  async sweep(): Promise<void> {
    await this.#open.each(async (record) => {
      if (this.#isExpired(record) && !this.#turns.isTaken(record.id))
        await this.#turns.take(record.id, () => this.#expire(record.id))
    })
  }

  #isExpired({ touchedAt }: UploadRecord): boolean {
    return touchedAt + this.#options.expiry <= this.#context.now()
  }

  async #expire(id: string): Promise<void> {
    // As it is now: since the list was read it may have gone on, or ended.
    const record = await this.find(id)
    if (record === undefined || !this.#isExpired(record)) return
    await this.#end(record)
    this.#context.log.info(
      { repository: record.repository, upload: record.id },
      'an unfinished upload has expired',
    )
  }

  async #find(repository: string, id: string): Promise<UploadRecord> {
    const record = await this.find(id)
    if (record?.repository === repository) return record
    throw new RegistryError(
      'BLOB_UPLOAD_UNKNOWN',
      'no such upload session in this repository: it may have ended or expired; start again with POST',
    )
  }

  /** Takes the bytes of a request, the session's writer being ours until it is saved, kept or aborted. */
  async #receive(
    record: UploadRecord,
    algorithm: DigestAlgorithm,
    { start, length, body }: UploadPart,
    turn: UploadLease,
  ): Promise<BlobTransfer> {
    checkStart(record, start)
    const writer = await this.#resume(record)
    const receiver = await this.#receiver(record, writer, algorithm)
    turn.onTakeover(() => body.abort())
    try {
      await receiver.receive(body, length)
      return receiver
    } catch (error) {
      if (error instanceof RegistryError) await this.#drop(record, writer)
      else await this.#save(record, receiver)
      throw error
    } finally {
      // From here on the request only waits for the disk; ending it would lose its answer and gain nothing.
      turn.onTakeover(() => undefined)
    }
  }

  async #receiver(
    record: UploadRecord,
    writer: BlobWriter,
    algorithm: DigestAlgorithm,
  ): Promise<BlobTransfer> {
    const known = this.#digests.get(record.id)
    try {
      const fresh = this.#digest(record.repository, algorithm)
      const receiver = await BlobTransfer.resume(writer, known, fresh, this.#options.blobSize)
      this.#digests.set(record.id, receiver.digest)
      return receiver
    } catch (error) {
      await this.#drop(record, writer)
      throw error
    }
  }

  async #resume(record: UploadRecord): Promise<BlobWriter> {
    const writer = await this.#context.storage.blobs.resume(record.state)
    if (writer) return writer
    await this.#end(record)
    throw new RegistryError(
      'BLOB_UPLOAD_UNKNOWN',
      'the bytes of this upload session are gone: start again with POST',
    )
  }

  /** The session stays where it was before the request. */
  async #drop({ id }: UploadRecord, writer: BlobWriter): Promise<void> {
    this.#forget(id)
    await writer.abort().catch(() => undefined)
  }

  async #save(record: UploadRecord, { writer }: BlobTransfer): Promise<UploadRecord> {
    const state = await writer.suspend().catch(async (error: unknown) => {
      await this.#drop(record, writer)
      throw error
    })
    const saved = { ...record, state, touchedAt: this.#context.now() }
    try {
      await this.#context.storage.index.uploads.put(saved)
      return saved
    } catch (error) {
      this.#forget(record.id)
      throw error
    }
  }

  async #end(record: UploadRecord): Promise<void> {
    this.#forget(record.id)
    await this.#open.end(record)
  }

  #digest(repository: string, algorithm: DigestAlgorithm): RunningDigest {
    return new RunningDigest(algorithm, () => this.#options.observer?.watch(repository))
  }

  #forget(id: string): void {
    this.#digests.get(id)?.abandon()
    this.#digests.delete(id)
  }
}
