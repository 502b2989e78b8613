import { algorithmOf, type Digest, type DigestAlgorithm } from '../oci/digest.ts'
import { RegistryError } from '../oci/errors.ts'
import type { BlobWriter } from '../../storage/blobs.ts'
import type { UploadRecord } from '../../storage/index.ts'
import { randomUUID } from 'node:crypto'
import type { RegistryContext } from './context.ts'
import { RunningDigest } from './running-digest.ts'
import { type Turn, UploadTurns } from './upload-turns.ts'

/** Bytes of a request, and how to end them early. */
export interface UploadBody {
  readonly chunks: AsyncIterable<Uint8Array>
  /** Makes `chunks` fail soon: somebody else goes on with the session. */
  abort(): void
}

/** The part of a blob that a request brings. */
export interface UploadPart {
  readonly body: UploadBody
  /** Where it claims to begin; absent for "goes on". */
  readonly start?: number
  /** How many bytes it claims to bring. */
  readonly length?: number
}

export interface UploadStatus {
  readonly id: string
  readonly repository: string
  /** Bytes that are kept. */
  readonly offset: number
}

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
    return this.#turns.take(id, async () => this.#statusOf(await this.#find(repository, id)))
  }

  /**
   * Adds bytes. If the request breaks off, what arrived is kept; if it brings other bytes than it claimed, none is.
   * @throws RegistryError BLOB_UPLOAD_UNKNOWN, RANGE_INVALID, SIZE_INVALID, TOO_LARGE
   */
  append(repository: string, id: string, part: UploadPart): Promise<UploadStatus> {
    return this.#turns.take(id, async (turn) => {
      const record = await this.#find(repository, id)
      const writer = await this.#resume(record, part)
      const digest = await this.#digestOf(record, writer, 'sha256')
      await this.#receive(record, writer, digest, part, turn)
      return this.#statusOf(await this.#save(record, writer))
    })
  }

  /**
   * Adds the last bytes, if any, and makes the whole the blob of that digest.
   * @throws RegistryError DIGEST_INVALID, which ends the session; BLOB_UPLOAD_UNKNOWN, RANGE_INVALID, SIZE_INVALID, TOO_LARGE
   */
  finish(repository: string, id: string, digest: Digest, part: UploadPart): Promise<void> {
    return this.#turns.take(id, async (turn) => {
      const record = await this.#find(repository, id)
      const writer = await this.#resume(record, part)
      const running = await this.#digestOf(record, writer, algorithmOf(digest))
      await this.#receive(record, writer, running, part, turn)
      this.#digests.delete(id)
      const actual = await this.#finalDigest(running, writer, algorithmOf(digest))
      if (actual !== digest) {
        await this.#end(record)
        await writer.abort()
        await this.#context.storage.blobs.discard(record.state)
        throw mismatch(actual)
      }
      await this.#keep(repository, digest, writer, id)
      this.#sessions--
    })
  }

  /**
   * Takes a whole blob in one request, without a session.
   * @throws RegistryError DIGEST_INVALID, TOO_LARGE
   */
  async put(repository: string, digest: Digest, body: UploadBody): Promise<void> {
    const writer = this.#context.storage.blobs.start()
    const running = new RunningDigest(algorithmOf(digest))
    try {
      for await (const chunk of body.chunks) await this.#add(writer, running, chunk)
      const actual = running.finish()
      if (actual !== digest) throw mismatch(actual)
      await this.#keep(repository, digest, writer)
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
      await this.#context.storage.blobs.discard(record.state)
    })
  }

  /** Counts the sessions and ends those without a byte for too long. To be called at start and then now and again. */
  async sweep(): Promise<void> {
    const { index, blobs } = this.#context.storage
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
        await blobs.discard(record.state)
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

  async #resume(record: UploadRecord, { start }: UploadPart): Promise<BlobWriter> {
    const { offset } = record.state
    if (start !== undefined && start !== offset) {
      throw new RegistryError(
        'RANGE_INVALID',
        `the session holds ${offset} bytes: go on from there, not from ${start}`,
        {
          headers: statusHeaders(this.#statusOf(record)),
        },
      )
    }
    const writer = await this.#context.storage.blobs.resume(record.state)
    if (writer) return writer
    await this.#end(record)
    throw new RegistryError(
      'BLOB_UPLOAD_UNKNOWN',
      'the bytes of this upload session are gone: start again with POST',
    )
  }

  /** The digest of what the session holds so far, read again if this process did not see it arrive. */
  async #digestOf(
    record: UploadRecord,
    writer: BlobWriter,
    algorithm: DigestAlgorithm,
  ): Promise<RunningDigest> {
    const known = this.#digests.get(record.id)
    if (known?.length === writer.offset && (writer.offset > 0 || known.algorithm === algorithm))
      return known
    const digest = new RunningDigest(algorithm)
    for await (const piece of writer.read()) digest.update(piece)
    return digest
  }

  async #finalDigest(
    running: RunningDigest,
    writer: BlobWriter,
    algorithm: DigestAlgorithm,
  ): Promise<Digest> {
    if (running.algorithm === algorithm) return running.finish()
    const again = new RunningDigest(algorithm)
    for await (const piece of writer.read()) again.update(piece)
    return again.finish()
  }

  async #receive(
    record: UploadRecord,
    writer: BlobWriter,
    digest: RunningDigest,
    part: UploadPart,
    turn: Turn,
  ): Promise<void> {
    const { id } = record
    const end = part.length === undefined ? undefined : writer.offset + part.length
    turn.onTakeover(() => part.body.abort())
    this.#digests.set(id, digest)
    try {
      for await (const chunk of part.body.chunks) {
        if (end !== undefined && writer.offset + chunk.byteLength > end) throw wrongLength()
        await this.#add(writer, digest, chunk)
      }
      if (end !== undefined && writer.offset !== end) throw wrongLength()
    } catch (error) {
      if (error instanceof RegistryError) await this.#dropPart(id, writer)
      else await this.#save(record, writer)
      throw error
    } finally {
      // From here on the request only waits for the disk; ending it would lose its answer and gain nothing.
      turn.onTakeover(() => undefined)
    }
  }

  /** The session stays where it was before the request. */
  async #dropPart(id: string, writer: BlobWriter): Promise<void> {
    this.#digests.delete(id)
    await writer.abort().catch(() => undefined)
  }

  async #add(writer: BlobWriter, digest: RunningDigest, chunk: Uint8Array): Promise<void> {
    const { blobSize } = this.#options
    if (blobSize > 0 && writer.offset + chunk.byteLength > blobSize) {
      throw new RegistryError('TOO_LARGE', `blobs may have at most ${blobSize} bytes here`)
    }
    digest.update(chunk)
    await writer.append(chunk)
  }

  async #save(record: UploadRecord, writer: BlobWriter): Promise<UploadRecord> {
    try {
      const saved = { ...record, state: await writer.suspend(), touchedAt: this.#context.now() }
      await this.#context.storage.index.uploads.put(saved)
      return saved
    } catch (error) {
      this.#digests.delete(record.id)
      throw error
    }
  }

  async #keep(
    repository: string,
    digest: Digest,
    writer: BlobWriter,
    upload?: string,
  ): Promise<void> {
    const { index, blobs } = this.#context.storage
    const stored = await writer.commit(digest)
    const link = {
      repository,
      digest,
      stored,
      time: this.#context.now(),
      ...(upload !== undefined && { upload }),
    }
    const { blob, unusedKey } = await index.blobs.link(link)
    if (unusedKey === undefined) return
    if ((await blobs.stat(blob.key)) === blob.size) {
      await blobs.remove(unusedKey)
      return
    }
    // What was there is no good any more; the bytes that just arrived are.
    await index.blobs.quarantine(digest, blob.key, this.#context.now())
    await index.blobs.link(link)
  }

  async #end({ id }: UploadRecord): Promise<void> {
    this.#digests.delete(id)
    await this.#context.storage.index.uploads.delete(id)
    this.#sessions--
  }

  #statusOf({ id, repository, state }: UploadRecord): UploadStatus {
    return { id, repository, offset: state.offset }
  }
}

/** distribution-spec v1.1, "Pushing a blob in chunks": where the session is, `0-0` also before the first byte. */
export function statusHeaders({ id, repository, offset }: UploadStatus): Record<string, string> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    Range: `0-${Math.max(0, offset - 1)}`,
    'Docker-Upload-UUID': id,
  }
}

function mismatch(actual: Digest): RegistryError {
  return new RegistryError(
    'DIGEST_INVALID',
    `the bytes that arrived have the digest ${actual}, not the one that was given: nothing was stored`,
    {
      detail: { actual },
    },
  )
}

function wrongLength(): RegistryError {
  return new RegistryError(
    'SIZE_INVALID',
    'the request brought another number of bytes than it said: nothing of it was kept',
  )
}
