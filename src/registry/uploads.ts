import { randomUUID } from 'node:crypto'
import { algorithmOf, type Digest, type DigestAlgorithm } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import type { BlobWriter } from '../../storage/blobs.ts'
import type { UploadRecord } from '../../storage/index.ts'
import { BlobReceiver } from './blob-receiver.ts'
import type { RegistryContext } from './context.ts'
import { keepBlob } from './keep-blob.ts'
import { RunningDigest } from './running-digest.ts'
import type { UploadBody, UploadPart } from './upload-part.ts'
import { checkStart, statusOf, type UploadStatus } from './upload-status.ts'
import { type Turn, UploadTurns } from './upload-turns.ts'

export interface UploadRulesOptions {
  /** Bytes; 0 for no limit. */
  readonly blobSize: number
  /** Sessions at a time. */
  readonly sessions: number
  /** Milliseconds after the last byte. */
  readonly expiry: number
}

const SWEEP_PAGE = 500

/** Upload sessions: bytes in pieces, by one writer at a time, kept over restarts until a digest closes them. */
export class UploadRules {
  readonly #context: RegistryContext
  readonly #options: UploadRulesOptions
  readonly #turns = new UploadTurns()
  /** Digests of sessions that this process has seen all bytes of; others are read again when they go on. */
  readonly #digests = new Map<string, RunningDigest>()
  #sessions = 0

  constructor(context: RegistryContext, options: UploadRulesOptions) {
    this.#context = context
    this.#options = options
  }

  /**
   * Opens a session of an account. `algorithm` is what the client means to close it with, if it said so.
   * @throws RegistryError TOO_MANY_REQUESTS
   */
  async start(repository: string, algorithm?: DigestAlgorithm, owner = ''): Promise<UploadStatus> {
    if (this.#sessions >= this.#options.sessions) {
      throw new RegistryError(
        'TOO_MANY_REQUESTS',
        'too many uploads are unfinished: finish or cancel some, or try again later',
        {
          headers: { 'Retry-After': '60' },
        },
      )
    }
    const id = randomUUID()
    const now = this.#context.now()
    const state = await this.#context.storage.blobs.start().suspend()
    await this.#context.storage.index.uploads.put({
      id,
      repository,
      owner,
      state,
      startedAt: now,
      touchedAt: now,
    })
    this.#sessions++
    if (algorithm) this.#digests.set(id, new RunningDigest(algorithm))
    return { id, repository, offset: 0 }
  }

  /** The session, whoever asks. */
  find(id: string): Promise<UploadRecord | undefined> {
    return this.#context.storage.index.uploads.get(id)
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
      const receiver = await this.#receive(record, 'sha256', part, turn)
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
        await receiver.writer.abort()
        if (error instanceof RegistryError && error.failure === 'DIGEST_INVALID')
          await this.#end(record)
        throw error
      }
      await keepBlob(this.#context, repository, digest, receiver.writer, id)
      this.#sessions--
    })
  }

  /**
   * Takes a whole blob in one request, without a session.
   * @throws RegistryError DIGEST_INVALID, TOO_LARGE
   */
  async put(repository: string, digest: Digest, body: UploadBody): Promise<void> {
    const algorithm = algorithmOf(digest)
    const writer = this.#context.storage.blobs.start()
    const receiver = new BlobReceiver(writer, new RunningDigest(algorithm), this.#options.blobSize)
    try {
      await receiver.receive(body.chunks)
      await receiver.expect(digest, algorithm)
      await keepBlob(this.#context, repository, digest, writer)
    } catch (error) {
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

  /** Counts the sessions and ends those without a byte for too long. To be called at start and then now and again. */
  async sweep(): Promise<void> {
    const { index } = this.#context.storage
    let after: string | undefined
    let alive = 0
    for (;;) {
      const page = await index.uploads.list({
        limit: SWEEP_PAGE,
        ...(after !== undefined && { after }),
      })
      for (const record of page.entries) {
        const expired = record.touchedAt + this.#options.expiry <= this.#context.now()
        if (!expired || this.#turns.isTaken(record.id)) {
          alive++
          continue
        }
        await this.#end(record)
        this.#context.log.info(
          { repository: record.repository, upload: record.id },
          'an unfinished upload has expired',
        )
      }
      after = page.entries.at(-1)?.id
      if (!page.more) break
    }
    this.#sessions = alive
  }

  async #find(repository: string, id: string): Promise<UploadRecord> {
    const record = await this.#context.storage.index.uploads.get(id)
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
    turn: Turn,
  ): Promise<BlobReceiver> {
    checkStart(record, start)
    const writer = await this.#resume(record)
    const known = this.#digests.get(record.id)
    const receiver = await BlobReceiver.resume(writer, known, algorithm, this.#options.blobSize)
    this.#digests.set(record.id, receiver.digest)
    turn.onTakeover(() => body.abort())
    try {
      await receiver.receive(body.chunks, length)
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
    this.#digests.delete(id)
    await writer.abort().catch(() => undefined)
  }

  async #save(record: UploadRecord, { writer }: BlobReceiver): Promise<UploadRecord> {
    try {
      const saved = { ...record, state: await writer.suspend(), touchedAt: this.#context.now() }
      await this.#context.storage.index.uploads.put(saved)
      return saved
    } catch (error) {
      this.#digests.delete(record.id)
      throw error
    }
  }

  /** The session is over: first its record, then its bytes, so that no record promises what is gone. */
  async #end({ id, state }: UploadRecord): Promise<void> {
    const { index, blobs } = this.#context.storage
    this.#digests.delete(id)
    await index.uploads.delete(id)
    this.#sessions--
    await blobs.discard(state)
  }
}
