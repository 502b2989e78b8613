import { ByteSource, EndOfBytes, type ParseStep } from '../byte-source.ts'
import { CappedList, type CountedList } from '../capped-list.ts'
import { type BlobFacts, READER_VERSION } from '../facts.ts'
import { WasmReader } from '../wasm-reader.ts'
import { BLOCK, type Header, isZero, readHeader, untilZero } from './header.ts'
import { areApplicable, readPaxRecords } from './pax.ts'

/** solo-io's spec-compat.md: the module is the file of this name in the last layer of an image. */
export const PLUGIN = 'plugin.wasm'
/** Unpacked bytes after which Istio, Envoy Gateway and Higress see the end of the layer. */
export const UNPACKED_BYTES = 256 << 20

const ENTRIES = 100_000
/** Bytes of a long name or an extended header. */
const LONGEST_NAME = 64 << 10
/** Characters of a path, of which the end is kept. */
const LONGEST_KEPT = 255
const OTHERS = [32, 4 << 10] as const
/** Types of entries that have no contents, whatever size they state. */
const HEADER_ONLY = '123456'

/** The result of looking for `plugin.wasm` in a layer: plain JSON. */
export interface ArchiveFacts {
  readonly reader: number
  /**
   * `found`, `missing`: whether there is a `plugin.wasm`. `unreadable`: the layer cannot be read,
   * neither here nor by consumers; `detail` has Go's error message. `not-understood`: a bound of
   * this reader was exceeded, or an entry has a type that it does not support.
   */
  readonly outcome: 'found' | 'missing' | 'unreadable' | 'not-understood'
  readonly detail?: string
  readonly entries: number
  /** Unpacked bytes that were read, not those of the whole layer. */
  readonly unpacked: number
  readonly plugin?: PluginFacts
  /** Other files that end in `.wasm`, as far as the layer was read. */
  readonly others: CountedList<string>
}

export interface PluginFacts {
  readonly path: string
  readonly facts: BlobFacts
  /** Hex digits; absent if it was not computed. */
  readonly sha256?: string
}

/** Ends the reading of the archive, with its outcome. */
class WalkEnd extends Error {
  readonly outcome: ArchiveFacts['outcome']
  constructor(outcome: ArchiveFacts['outcome'], detail: string) {
    super(detail)
    this.outcome = outcome
  }
}

/**
 * Reads the unpacked bytes of a tar layer like the fetchers of Istio and Envoy Gateway (Go's
 * archive/tar): the first entry with the base name `plugin.wasm` counts, in any folder; if it is
 * not a file, it counts as an empty one. Holds one header or long name in memory, and never throws.
 */
export class PluginArchive {
  readonly #source = new ByteSource()
  readonly #others = new CappedList<string>(OTHERS)
  #walking: ParseStep<void> | undefined = this.#walk()
  #outcome: ArchiveFacts['outcome'] = 'missing'
  #detail: string | undefined
  #plugin: PluginFacts | undefined
  #entries = 0
  #given = 0
  readonly #pass: (piece: Uint8Array) => void

  /** @param pass is given the bytes of `plugin.wasm`, valid until it returns */
  constructor(pass: (piece: Uint8Array) => void = () => {}) {
    this.#pass = pass
  }

  /** Whether the result is known, so that no more bytes need to be unpacked. */
  get done(): boolean {
    return this.#walking === undefined
  }

  /** Takes the next unpacked bytes. */
  update(chunk: Uint8Array): void {
    if (!this.#walking) return
    const within = chunk.subarray(0, UNPACKED_BYTES - this.#given)
    this.#given += within.length
    this.#source.feed(within)
    this.#go()
    if (this.#given === UNPACKED_BYTES) this.#end()
  }

  /**
   * The result. To be called once.
   * @param failure what the decompressor said, if the bytes ended in an error of it
   */
  finish(failure?: string): ArchiveFacts {
    if (failure === undefined) this.#end()
    else if (this.#walking) {
      this.#outcome = 'unreadable'
      this.#detail = failure
    }
    return {
      reader: READER_VERSION,
      outcome: this.#outcome,
      ...(this.#detail !== undefined && { detail: this.#detail }),
      entries: this.#entries,
      unpacked: this.#source.offset,
      ...(this.#plugin && { plugin: this.#plugin }),
      others: this.#others.list(),
    }
  }

  #end(): void {
    if (!this.#walking) return
    this.#source.end()
    this.#go()
  }

  #go(): void {
    if (this.#walking?.next().done) this.#walking = undefined
  }

  *#walk(): ParseStep<void> {
    try {
      while (!this.#plugin) {
        const header = yield* this.#nextHeader()
        if (!header) return
        if (++this.#entries > ENTRIES) throw new WalkEnd('not-understood', 'too many entries')
        yield* this.#entry(header)
      }
      this.#outcome = 'found'
    } catch (error) {
      this.#outcome = error instanceof WalkEnd ? error.outcome : 'unreadable'
      this.#detail = error instanceof WalkEnd ? error.message : 'unexpected EOF'
      if (!(error instanceof WalkEnd || error instanceof EndOfBytes)) {
        this.#outcome = 'not-understood'
        this.#detail = 'too many parts'
      }
    }
  }

  /**
   * The next header, with the values of extended headers before it; undefined at the end of the
   * archive.
   */
  *#nextHeader(): ParseStep<Header | undefined> {
    let longName: string | undefined
    let records = new Map<string, string>()
    for (;;) {
      if (yield* this.#source.atEnd()) return undefined
      const block = yield* this.#source.bytes(BLOCK)
      if (isZero(block)) {
        if (yield* this.#source.atEnd()) return undefined
        if (isZero(yield* this.#source.bytes(BLOCK))) return undefined
        throw invalidHeader()
      }
      const header = readHeader(block)
      if (!header) throw invalidHeader()
      if (header.typeflag === 'x') records = yield* this.#records(header)
      else if (header.typeflag === 'g') {
        yield* this.#records(header)
        // Only its name matters, so it is treated as an entry without contents.
        return { ...header, size: 0 }
      } else if (header.typeflag === 'L') longName = untilZero(yield* this.#special(header))
      else if (header.typeflag === 'K') yield* this.#special(header)
      else return merge(header, longName, records)
    }
  }

  *#records(header: Header): ParseStep<Map<string, string>> {
    const records = readPaxRecords(yield* this.#special(header))
    if (!records) throw invalidHeader()
    return records
  }

  /** The contents of an entry that describes the next one. */
  *#special({ size }: Header): ParseStep<Uint8Array> {
    if (size > LONGEST_NAME) throw new WalkEnd('not-understood', 'a name beyond the bound')
    const bytes = yield* this.#source.bytes(size)
    yield* this.#pad(size)
    return bytes
  }

  *#entry({ name, size, typeflag }: Header): ParseStep<void> {
    const isFolder = typeflag === '\0' && name.endsWith('/')
    const length = isFolder || HEADER_ONLY.includes(typeflag) ? 0 : size
    if (baseName(name) === PLUGIN) {
      if (typeflag === 'S') throw new WalkEnd('not-understood', 'a sparse file')
      if (length < size) throw new WalkEnd('unreadable', `failed to read ${PLUGIN}: EOF`)
      this.#plugin = { path: name.slice(-LONGEST_KEPT), facts: yield* this.#read(length) }
      return
    }
    if (name.endsWith('.wasm')) this.#others.push(name.slice(-LONGEST_KEPT))
    if (typeflag === 'S') throw new WalkEnd('not-understood', 'a sparse file')
    yield* this.#source.skip(length)
    yield* this.#pad(length)
  }

  *#read(length: number): ParseStep<BlobFacts> {
    const reader = new WasmReader()
    for (let left = length; left > 0;) {
      if (yield* this.#source.atEnd()) {
        throw new WalkEnd('unreadable', `failed to read ${PLUGIN}: unexpected EOF`)
      }
      const piece = yield* this.#source.piece(left)
      reader.update(piece)
      this.#pass(piece)
      left -= piece.length
    }
    return reader.finish()
  }

  /** Padding may be cut off at the end of the archive. */
  *#pad(size: number): ParseStep<void> {
    for (let left = (BLOCK - (size % BLOCK)) % BLOCK; left > 0;) {
      if (yield* this.#source.atEnd()) return
      left -= (yield* this.#source.piece(left)).length
    }
  }
}

function merge(
  header: Header,
  longName: string | undefined,
  records: ReadonlyMap<string, string>,
): Header {
  const sparse = [...records.keys()].some((key) => key.startsWith('GNU.sparse.'))
  const size = Number(records.get('size') || header.size)
  const negative = size < 0 && !HEADER_ONLY.includes(header.typeflag)
  if (negative || !areApplicable(records)) throw invalidHeader()
  return {
    name: records.get('GNU.sparse.name') || longName || records.get('path') || header.name,
    size,
    typeflag: sparse ? 'S' : header.typeflag,
  }
}

/** Like Go's filepath.Base: slashes at the end do not count. */
function baseName(path: string): string {
  let end = path.length
  while (end > 0 && path[end - 1] === '/') end--
  return path.slice(path.lastIndexOf('/', end - 1) + 1, end)
}

function invalidHeader(): WalkEnd {
  return new WalkEnd('unreadable', 'archive/tar: invalid tar header')
}
