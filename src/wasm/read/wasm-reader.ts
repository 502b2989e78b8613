import { HEAD_BYTES, STEPS } from './bounds.ts'
import { ByteSource, EndOfBytes, Malformed, type Reading, TooManySteps } from './byte-source.ts'
import { Component } from './component.ts'
import { classify } from './content.ts'
import { CoreModule } from './core-module.ts'
import { type BlobFacts, READER_VERSION } from './facts.ts'
import { Notes } from './notes.ts'
import { beginsLikeWasm, readPreamble } from './preamble.ts'
import { readSections } from './sections.ts'

const OLDEST_COMPONENT = 0x0a
const COMPONENT = 0x0d

/**
 * Finds out what a file is and, if it begins like WebAssembly, what is in it, while its bytes pass by. Compiles and runs
 * nothing, holds at most about two megabytes whatever the file says, never throws, and finds the same for the same bytes however
 * they are divided. Needs nothing but the language and TextDecoder.
 */
export class WasmReader {
  readonly #head = new Uint8Array(HEAD_BYTES)
  readonly #source = new ByteSource()
  readonly #notes = new Notes()
  #reading: Reading<void> | undefined = readFile(this.#source, this.#notes)
  #size = 0

  /** Whether there are bytes and they begin like WebAssembly, so that all of them are looked at. */
  get parses(): boolean {
    return this.#size >= 4 && beginsLikeWasm(this.#head)
  }

  /** Takes the next bytes; they are not kept and may be reused afterwards. */
  update(chunk: Uint8Array): void {
    if (this.#size < HEAD_BYTES) {
      this.#head.set(chunk.subarray(0, HEAD_BYTES - this.#size), this.#size)
      if (this.#size + chunk.length >= 4 && !beginsLikeWasm(this.#head)) this.#reading = undefined
    }
    this.#size += chunk.length
    if (!this.#reading) return
    this.#source.feed(chunk)
    this.#go()
  }

  /** What the bytes are, taken as the whole file. To be called once, at the end. */
  finish(): BlobFacts {
    const head = this.#head.subarray(0, Math.min(this.#size, HEAD_BYTES))
    const facts = { reader: READER_VERSION, size: this.#size, content: classify(head) }
    if (facts.content !== 'wasm') return facts
    this.#source.end()
    this.#go()
    return { ...facts, wasm: this.#notes.facts() }
  }

  #go(): void {
    if (this.#reading?.next().done) this.#reading = undefined
  }
}

function* readFile(source: ByteSource, notes: Notes): Reading<void> {
  try {
    const { version, layer } = yield* readPreamble(source)
    notes.version = version
    notes.layer = layer
    yield* readKind(source, notes)
  } catch (error) {
    if (error instanceof EndOfBytes) {
      notes.damage = { rule: 'cut-short', offset: source.offset, section: 'header' }
    } else if (error instanceof TooManySteps) {
      notes.beyondBound(
        'sections',
        `more than ${STEPS} numbers, names and bytes to look at`,
        source,
      )
    } else if (!(error instanceof Malformed)) throw error
  }
}

function* readKind(source: ByteSource, notes: Notes): Reading<void> {
  const { version, layer } = notes
  if (layer === 0 && version === 1) {
    notes.kind = 'core-module'
    yield* readSections(source, notes, new CoreModule(source, notes))
  } else if (layer === 1 && version === COMPONENT) {
    notes.kind = 'component'
    const component = new Component(source, notes)
    yield* readSections(source, notes, component)
    component.finish()
  } else if (layer === 1 && version >= OLDEST_COMPONENT && version < COMPONENT) {
    notes.kind = 'component-prototype'
    notes.notUnderstood('sections', 'a component of an older format', source)
  } else {
    notes.damage = { rule: 'unknown-version', offset: 4 }
  }
}
