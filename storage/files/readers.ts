import { KIB, MIB } from '../../src/base/sizes.ts'
import type { BlobReader, ByteRange } from '../blob-store.ts'
import type { ReadFile } from './disk.ts'

let reading = 0

/** Sizes of pieces by the most readers that get them: all readers of a row take 32 MiB together. */
const PIECE_SIZES: readonly (readonly [readers: number, size: number])[] = [
  [16, MIB],
  [64, 256 * KIB],
  [256, 64 * KIB],
  [1024, 16 * KIB],
]
const SMALLEST_PIECE = 4 * KIB

/**
 * Large pieces cost half the CPU of small ones. With more readers each gets smaller pieces, so that
 * clients that read nothing hold little memory.
 */
function pieceSize(): number {
  return PIECE_SIZES.find(([readers]) => reading <= readers)?.[1] ?? SMALLEST_PIECE
}

/** Reads bytes in memory. */
export class BytesReader implements BlobReader {
  readonly size: number
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array, range?: ByteRange) {
    this.size = bytes.byteLength
    this.#bytes = range ? bytes.subarray(range.start, range.end + 1) : bytes
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.#bytes.byteLength) yield this.#bytes
  }

  async close(): Promise<void> {}
}

/**
 * Reads a file one piece ahead, so that the disk and the socket work at the same time. Not a
 * generator, because a generator that is left before its first step does not run its `finally`, and
 * would keep the file open.
 */
export class FileReader implements BlobReader, AsyncIterableIterator<Uint8Array> {
  readonly size: number
  readonly #file: ReadFile
  readonly #end: number
  readonly #pieceSize: number
  #position: number
  /**
   * One is filled while the caller uses the other: fresh memory for each piece would cost more than
   * the reading.
   */
  readonly #buffers: Uint8Array[] = []
  #pieces = 0
  #next: Promise<Uint8Array> | undefined
  #closed: Promise<void> | undefined

  constructor(file: ReadFile, range: ByteRange = { start: 0, end: file.size - 1 }) {
    this.#file = file
    this.size = file.size
    this.#position = range.start
    this.#end = range.end
    reading++
    this.#pieceSize = pieceSize()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#closed) return { done: true, value: undefined }
    const piece = await this.#piece()
    if (piece.byteLength === 0) return this.return()
    this.#position += piece.byteLength
    this.#next = this.#position <= this.#end ? this.#read() : undefined
    this.#next?.catch(() => undefined)
    if (this.#next === undefined) await this.close()
    return { done: false, value: piece }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    await this.close()
    return { done: true, value: undefined }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    reading--
    await this.#next?.catch(() => undefined)
    await this.#file.close()
  }

  async #piece(): Promise<Uint8Array> {
    try {
      return await (this.#next ?? this.#read())
    } catch (error) {
      // A loop does not close an iterator that failed.
      await this.close()
      throw error
    }
  }

  async #read(): Promise<Uint8Array> {
    const length = Math.min(this.#pieceSize, this.#end + 1 - this.#position)
    if (length <= 0) return new Uint8Array(0)
    const next = this.#pieces++ % 2
    const buffer = (this.#buffers[next] ??= Buffer.allocUnsafeSlow(length))
    const filled = await this.#file.read(this.#position, buffer.subarray(0, length))
    return buffer.subarray(0, filled)
  }
}
