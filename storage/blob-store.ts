import type { Digest } from '../src/oci/digest.ts'
import type { StoredKey } from './index/candidates.ts'

/** Finished bytes, as an engine hands them to the Index: the Index keeps `key` and `size` under the blob's digest. */
export interface SavedBlob {
  /** Opaque; chosen by the engine, never used twice. */
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Set when the engine leaves these (few) bytes to the Index, to be kept under `key` in the same synced batch. */
  readonly content?: Uint8Array
}

/** All an engine needs to go on with unfinished bytes, as plain data that the Index keeps with the upload session. */
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
  /** When it resolves, the chunk's memory may be used again. */
  append(chunk: Uint8Array): Promise<void>
  /** Makes what was appended durable, lets go of the file and tells how to go on. The writer is not used afterwards. */
  suspend(): Promise<WriterState>
  /** Makes the bytes durable under a new key. The digest is the caller's claim and is not checked here. */
  commit(digest: Digest): Promise<SavedBlob>
  /** Forgets what was appended here; a state it was resumed from still holds. The writer is not used afterwards. */
  abort(): Promise<void>
  /** The bytes appended so far, from the start. A piece is valid until the next one is asked for. */
  read(): AsyncIterable<Uint8Array>
}

/** First and last byte of a range, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Bytes on their way out, once. A piece is valid until the next one is asked for: its memory is used again.
 * Ends early if there are fewer bytes than were asked for.
 */
export interface BlobReader extends AsyncIterable<Uint8Array> {
  /** Length in bytes of the whole blob, as it was found. */
  readonly size: number
  /** Lets go of the file; needed only where the reader is not iterated to its end or left by `break`. */
  close(): Promise<void>
}

/**
 * Bytes under opaque keys. An engine knows no repositories, looks up no digests and applies no rules;
 * which key holds a digest is the Index's knowledge alone.
 */
export interface BlobStore {
  /** Begins new bytes; does no I/O yet. */
  start(): BlobWriter
  /**
   * Goes on at `state.offset`; undefined if the bytes are gone, or are fewer than the state says.
   * Also after a commit that the Index does not know of: who still holds the state takes the bytes back from their key.
   */
  resume(state: WriterState): Promise<BlobWriter | undefined>
  /** Forgets unfinished bytes nobody will go on with. */
  discard(state: WriterState): Promise<void>
  /** The length in bytes; undefined if there is nothing under the key. */
  stat(key: string): Promise<number | undefined>
  /** The bytes, or a range of them; undefined if there is nothing under the key. */
  open(key: string, range?: ByteRange): Promise<BlobReader | undefined>
  /**
   * Gives the bytes a further name, a path on this machine, without copying them. False where the engine cannot, or there
   * is nothing under the key: then {@link open} tells. The name is durable when its directory is synced.
   */
  link(key: string, path: string): Promise<boolean>
  /** Removes the bytes; false if there was nothing. */
  remove(key: string): Promise<boolean>
  /** Everything with bytes, in no order. */
  list(): AsyncIterable<StoredKey>
  /** Generations of unfinished bytes ({@link WriterState.generation}), also of those that are being written. */
  listUnfinished(): AsyncIterable<string>
  close(): Promise<void>
}

/** Where an engine finds the small bytes it left to the Index ({@link SavedBlob.content}). */
export interface SmallContent {
  content(key: string): Promise<Uint8Array | undefined>
}
