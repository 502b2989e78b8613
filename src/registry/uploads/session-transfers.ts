import type { BlobWriter } from '../../../storage/blob-store.ts'
import type { UploadRecord } from '../../../storage/index/uploads.ts'
import { algorithmOf, type Digest, type DigestAlgorithm } from '../../oci/digest.ts'
import { RegistryError } from '../../oci/errors.ts'
import type { RegistryContext } from '../context.ts'
import type { LockHolder } from './lock.ts'
import { assertStart, type UploadPart } from './part.ts'
import type { UploadSessions } from './sessions.ts'
import { BlobTransfer, digestWritten, type RunningDigest } from './transfer.ts'

export interface SessionTransferOptions {
  /** Bytes that a blob may have; 0 for no limit. */
  readonly blobSize: number
  readonly startDigest: (repository: string, algorithm: DigestAlgorithm) => RunningDigest
}

/**
 * Transfers the parts of requests into upload sessions. The caller holds the lock of the session.
 * In between, the bytes are suspended and the digest so far stays in memory.
 */
export class SessionTransfers {
  readonly #context: RegistryContext
  readonly #sessions: UploadSessions
  readonly #options: SessionTransferOptions
  /** By session. Sessions of earlier processes have none: their bytes are read again. */
  readonly #digests = new Map<string, RunningDigest>()

  constructor(context: RegistryContext, sessions: UploadSessions, options: SessionTransferOptions) {
    this.#context = context
    this.#sessions = sessions
    this.#options = options
  }

  /** Takes note of the algorithm that the client means to close a new session with. */
  expectAlgorithm({ id, repository }: UploadRecord, algorithm: DigestAlgorithm): void {
    this.#digests.set(id, this.#options.startDigest(repository, algorithm))
  }

  /**
   * Adds a part to the session, and returns its new record. If the request breaks off, the bytes
   * that arrived are kept.
   * @throws RegistryError RANGE_INVALID, SIZE_INVALID, TOO_LARGE, which leave the session as it
   *   was; BLOB_UPLOAD_UNKNOWN
   */
  async append(record: UploadRecord, part: UploadPart, holder: LockHolder): Promise<UploadRecord> {
    const algorithm = this.#digests.get(record.id)?.algorithm ?? 'sha256'
    const transfer = await this.#transferPart(record, algorithm, part, holder)
    return this.#keepPart(record, transfer)
  }

  /**
   * Adds the last part and verifies the blob, which is then ready to be committed.
   * @throws RegistryError DIGEST_INVALID, which ends the session; the errors of {@link append}
   */
  async complete(
    record: UploadRecord,
    expected: Digest,
    part: UploadPart,
    holder: LockHolder,
  ): Promise<BlobTransfer> {
    const transfer = await this.#transferPart(record, algorithmOf(expected), part, holder)
    this.#digests.delete(record.id)
    try {
      await transfer.verify(expected)
      return transfer
    } catch (error) {
      await transfer.abort()
      if (error instanceof RegistryError && error.failure === 'DIGEST_INVALID')
        await this.end(record)
      throw error
    }
  }

  /** Ends the session and drops its bytes. */
  async end(record: UploadRecord): Promise<void> {
    this.#forgetDigest(record)
    await this.#sessions.end(record)
  }

  async #transferPart(
    record: UploadRecord,
    algorithm: DigestAlgorithm,
    { start, length, body }: UploadPart,
    holder: LockHolder,
  ): Promise<BlobTransfer> {
    assertStart(record, start)
    const transfer = await this.#openTransfer(record, algorithm)
    holder.onTakeover(() => body.abort())
    try {
      await transfer.receive(body, length)
      return transfer
    } catch (error) {
      if (error instanceof RegistryError) await this.#dropPart(record, transfer.writer)
      else await this.#keepPart(record, transfer)
      throw error
    } finally {
      // From here on the request only waits for the disk: to end it would lose its answer and gain
      // nothing.
      holder.onTakeover(() => undefined)
    }
  }

  async #openTransfer(record: UploadRecord, algorithm: DigestAlgorithm): Promise<BlobTransfer> {
    const writer = await this.#reopenWriter(record)
    try {
      const running = await this.#digestSoFar(record, algorithm, writer)
      return new BlobTransfer(writer, running, this.#options.blobSize)
    } catch (error) {
      await this.#dropPart(record, writer)
      throw error
    }
  }

  async #reopenWriter(record: UploadRecord): Promise<BlobWriter> {
    const writer = await this.#context.storage.blobs.resume(record.state)
    if (writer) return writer
    await this.end(record)
    throw new RegistryError(
      'BLOB_UPLOAD_UNKNOWN',
      'the bytes of this upload session are gone: start again with POST',
    )
  }

  /**
   * The digest in memory, if it covers the bytes of the writer; otherwise a new one, for which they
   * are read again.
   */
  async #digestSoFar(
    { id, repository }: UploadRecord,
    algorithm: DigestAlgorithm,
    writer: BlobWriter,
  ): Promise<RunningDigest> {
    const kept = this.#digests.get(id)
    const isUsable = writer.offset > 0 || kept?.algorithm === algorithm
    if (kept?.length === writer.offset && isUsable) return kept
    kept?.abandon()
    const digest = await digestWritten(writer, this.#options.startDigest(repository, algorithm))
    this.#digests.set(id, digest)
    return digest
  }

  async #keepPart(record: UploadRecord, { writer }: BlobTransfer): Promise<UploadRecord> {
    const state = await writer.suspend().catch(async (error: unknown) => {
      await this.#dropPart(record, writer)
      throw error
    })
    try {
      return await this.#sessions.save(record, state)
    } catch (error) {
      this.#forgetDigest(record)
      throw error
    }
  }

  /** Leaves the session as it was before the request. */
  async #dropPart(record: UploadRecord, writer: BlobWriter): Promise<void> {
    this.#forgetDigest(record)
    await writer.abort().catch(() => undefined)
  }

  #forgetDigest({ id }: UploadRecord): void {
    this.#digests.get(id)?.abandon()
    this.#digests.delete(id)
  }
}
