import type { BlobReader, ByteRange } from './blobs.ts'
import type { ReadFile } from './disk.ts'

const PIECE = 512 * 1024

/** Bytes in memory. */
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
 * A file, read ahead by one piece so that the disk works while the socket does. An iterator of its own and not a
 * generator, because a generator that is left before its first step does not run its `finally` and would keep the file open.
 */
export class FileReader implements BlobReader, AsyncIterableIterator<Uint8Array> {
  readonly size: number
  readonly #file: ReadFile
  readonly #end: number
  #position: number
  #next: Promise<Uint8Array> | undefined
  #closed: Promise<void> | undefined

  constructor(file: ReadFile, range: ByteRange = { start: 0, end: file.size - 1 }) {
    this.#file = file
    this.size = file.size
    this.#position = range.start
    this.#end = range.end
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#closed) return { done: true, value: undefined }
    const piece = await (this.#next ?? this.#read())
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
    this.#closed ??= Promise.resolve(this.#next?.catch(() => undefined)).then(() =>
      this.#file.close(),
    )
    return this.#closed
  }

  #read(): Promise<Uint8Array> {
    if (this.#position > this.#end) return Promise.resolve(new Uint8Array(0))
    return this.#file.read(this.#position, Math.min(PIECE, this.#end + 1 - this.#position))
  }
}
