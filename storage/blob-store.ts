import type { Digest } from '../src/oci/digest.ts'

/**
 * Finished bytes, as an engine hands them to the Index, which stores `key` and `size` under the
 * digest.
 */
export interface SavedBlob {
  /** Opaque; chosen by the engine, never used twice. */
  readonly key: string
  /** Bytes. */
  readonly size: number
  /**
   * Set when the engine leaves these (few) bytes to the Index, which stores them under `key` in the
   * same batch.
   */
  readonly content?: Uint8Array
}

/** Bytes in a BlobStore: their key, and the digest they were committed with. */
export interface StoredKey {
  readonly key: string
  readonly digest: Digest
}

/**
 * All that an engine needs to continue unfinished bytes, as plain data that the Index stores with
 * the upload session.
 */
export interface WriterState {
  readonly generation: string
  /** Bytes that are durable; anything the engine finds beyond is cut off. */
  readonly offset: number
  /** The bytes themselves, base64, while they are too few for a file of their own. */
  readonly head?: string
}

/** Unfinished bytes of one upload. One caller at a time. */
export interface BlobWriter {
  /** Bytes appended so far. */
  readonly offset: number
  /** When it resolves, the caller may reuse the chunk's memory. */
  append(chunk: Uint8Array): Promise<void>
  /**
   * Makes the appended bytes durable, closes the file and returns how to continue. Ends the use of
   * the writer.
   */
  suspend(): Promise<WriterState>
  /** Makes the bytes durable under a new key. Does not check the digest: the caller has. */
  commit(digest: Digest): Promise<SavedBlob>
  /**
   * Drops what was appended here; a state that the writer was resumed from stays valid. Ends the
   * use of the writer.
   */
  abort(): Promise<void>
  /**
   * The bytes appended so far, from the start. A piece is valid until the next one is asked for.
   */
  read(): AsyncIterable<Uint8Array>
}

/** First and last byte of a range, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Bytes to be read once. A piece is valid until the next one is asked for, because its memory is
 * reused. Ends early if the store has fewer bytes than were asked for.
 */
export interface BlobReader extends AsyncIterable<Uint8Array> {
  /** Length of the whole blob as stored, in bytes. */
  readonly size: number
  /** Closes the file. Needed only if the reader is not iterated to its end or left by `break`. */
  close(): Promise<void>
}

/**
 * Bytes under opaque keys. An engine knows no repositories, looks up no digests and applies no
 * rules: only the Index knows which key holds a digest.
 */
export interface BlobStore {
  /** Begins new bytes, without I/O so far. */
  start(): BlobWriter
  /**
   * Continues at `state.offset`; undefined if the bytes are gone, or are fewer than the state says.
   * Also works after a commit that the Index never learned of: the holder of the state takes the
   * bytes back from their key.
   */
  resume(state: WriterState): Promise<BlobWriter | undefined>
  /** Deletes unfinished bytes that nobody will continue. */
  discard(state: WriterState): Promise<void>
  /** The length in bytes; undefined if there is nothing under the key. */
  stat(key: string): Promise<number | undefined>
  /** The bytes, or a range of them; undefined if there is nothing under the key. */
  open(key: string, range?: ByteRange): Promise<BlobReader | undefined>
  /**
   * Gives the bytes a further name, a path on this machine, without copying them. False if the
   * engine cannot, or if there is nothing under the key, which {@link open} tells apart. The name
   * is durable once its directory is synced.
   */
  link(key: string, path: string): Promise<boolean>
  /** Deletes the bytes; false if there were none. */
  remove(key: string): Promise<boolean>
  /** Everything with bytes, in no particular order. */
  list(): AsyncIterable<StoredKey>
  /**
   * Generations of all unfinished bytes ({@link WriterState.generation}), including those being
   * written.
   */
  listUnfinished(): AsyncIterable<string>
  close(): Promise<void>
}

/** Where an engine reads the small bytes that it left to the Index ({@link SavedBlob.content}). */
export interface SmallContent {
  content(key: string): Promise<Uint8Array | undefined>
}
