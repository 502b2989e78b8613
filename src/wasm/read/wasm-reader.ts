import { HEAD_BYTES, STEPS } from './bounds.ts'
import { ByteSource, EndOfBytes, Malformed, type ParseStep, TooManySteps } from './byte-source.ts'
import { Component } from './component.ts'
import { classify } from './content.ts'
import { CoreModule } from './core-module.ts'
import { type BlobFacts, READER_VERSION } from './facts.ts'
import { FactsBuilder } from './facts-builder.ts'
import { beginsLikeWasm, readPreamble } from './preamble.ts'
import { readSections } from './sections.ts'

const OLDEST_COMPONENT = 0x0a
const COMPONENT = 0x0d

/** Bytes of the magic number. */
const MAGIC = 4

/** The parser of a file that begins like WebAssembly. */
interface Parser {
  readonly source: ByteSource
  readonly facts: FactsBuilder
  /** Undefined once it has ended. */
  step: ParseStep<void> | undefined
}

/**
 * Classifies a file and, if it begins like WebAssembly, reads its content while the bytes pass by.
 * It compiles and runs nothing, holds at most about two megabytes whatever the file contains, never
 * throws, and finds the same for the same bytes however they are divided. It needs only the
 * language and TextDecoder.
 */
export class WasmReader {
  readonly #head = new Uint8Array(HEAD_BYTES)
  #parser: Parser | undefined
  #size = 0

  /** Whether the file begins like WebAssembly, so that all of it is read. */
  get parses(): boolean {
    return this.#parser !== undefined
  }

  /** Takes the next bytes. They are not kept: the caller may reuse their memory afterwards. */
  update(chunk: Uint8Array): void {
    const before = this.#size
    if (before < HEAD_BYTES) this.#head.set(chunk.subarray(0, HEAD_BYTES - before), before)
    this.#size += chunk.length
    if (before < MAGIC && this.#size >= MAGIC && beginsLikeWasm(this.#head)) {
      this.#parser = startParser()
      // The first bytes may have come in chunks of their own.
      if (before > 0) this.#feed(this.#head.slice(0, before))
    }
    this.#feed(chunk)
  }

  /** The facts about the bytes as a whole file. To be called once, at the end. */
  finish(): BlobFacts {
    const head = this.#head.subarray(0, Math.min(this.#size, HEAD_BYTES))
    const facts = { reader: READER_VERSION, size: this.#size, content: classify(head) }
    if (!this.#parser) return facts
    this.#parser.source.end()
    resume(this.#parser)
    return { ...facts, wasm: this.#parser.facts.build() }
  }

  #feed(chunk: Uint8Array): void {
    if (!this.#parser?.step) return
    this.#parser.source.feed(chunk)
    resume(this.#parser)
  }
}

function startParser(): Parser {
  const source = new ByteSource()
  const facts = new FactsBuilder()
  return { source, facts, step: readFile(source, facts) }
}

/** Reads as many bytes as there are. */
function resume(parser: Parser): void {
  if (parser.step?.next().done) parser.step = undefined
}

function* readFile(source: ByteSource, facts: FactsBuilder): ParseStep<void> {
  try {
    const { version, layer } = yield* readPreamble(source)
    facts.version = version
    facts.layer = layer
    yield* readKind(source, facts)
  } catch (error) {
    if (error instanceof EndOfBytes) {
      facts.damage = { rule: 'cut-short', offset: source.offset, section: 'header' }
    } else if (error instanceof TooManySteps) {
      facts.beyondBound(
        'sections',
        `more than ${STEPS} numbers, names and bytes to look at`,
        source,
      )
    } else if (!(error instanceof Malformed)) throw error
  }
}

function* readKind(source: ByteSource, facts: FactsBuilder): ParseStep<void> {
  const { version, layer } = facts
  if (layer === 0 && version === 1) {
    facts.kind = 'core-module'
    yield* readSections(source, facts, new CoreModule(source, facts))
  } else if (layer === 1 && version === COMPONENT) {
    facts.kind = 'component'
    const component = new Component(source, facts)
    yield* readSections(source, facts, component)
    component.finish()
  } else if (layer === 1 && version >= OLDEST_COMPONENT && version < COMPONENT) {
    facts.kind = 'component-prototype'
    facts.notUnderstood('sections', 'a component of an older format', source)
  } else {
    facts.damage = { rule: 'unknown-version', offset: 4 }
  }
}
