import type { ByteSource, ParseStep } from './byte-source.ts'
import { CoreImports } from './core-imports.ts'
import { readTypes } from './core-types.ts'
import type { Part } from './facts.ts'
import { FunctionTypes } from './function-types.ts'
import type { FactsBuilder } from './facts-builder.ts'
import { CORE_ORDER, CORE_SECTIONS } from './section-names.ts'
import type { Section, SectionReader } from './sections.ts'
import { hintOfExport } from './host-hints.ts'

/** Core specification, section 5.5.10, "Export Section". */
const EXPORT_KINDS: Readonly<Record<number, string>> = {
  0: 'function',
  1: 'table',
  2: 'memory',
  3: 'global',
  4: 'tag',
}
const PARTS: Readonly<Record<number, Part>> = {
  1: 'types',
  2: 'imports',
  3: 'functions',
  5: 'memories',
  7: 'exports',
}
const MARKERS = 8

/**
 * Reads a core module (core specification, section 5.5, "Modules"): its imports and exports, not
 * its code.
 */
export class CoreModule implements SectionReader {
  readonly names = CORE_SECTIONS
  readonly #source: ByteSource
  readonly #facts: FactsBuilder
  readonly #types = new FunctionTypes()
  readonly #imports: CoreImports
  /** Position in the order of sections before which the next one must not stand. */
  #place = 0

  constructor(source: ByteSource, facts: FactsBuilder) {
    this.#source = source
    this.#facts = facts
    this.#imports = new CoreImports(source, facts, this.#types)
  }

  get custom() {
    return this.#facts.custom
  }

  part(section: Section): Part {
    return PARTS[section.id] ?? 'sections'
  }

  found({ id, offset, end }: Section, name: string): void {
    const facts = this.#facts
    facts.sections.push({ id, name, size: end - offset, offset })
    if (id === 0) return
    const place = CORE_ORDER.indexOf(id)
    if (place < 0) facts.oddities.push({ rule: 'unknown-section', section: id, offset })
    else if (place < this.#place) {
      facts.oddities.push({ rule: 'section-order', section: id, offset })
    } else this.#place = place + 1
  }

  *read({ id }: Section): ParseStep<void> {
    const source = this.#source
    if (id === 1) yield* readTypes(source, this.#types)
    else if (id === 2) yield* this.#imports.read()
    else if (id === 3) yield* this.#functions()
    else if (id === 5) yield* this.#memories()
    else if (id === 7) yield* this.#exports()
    else return
    if (source.remaining > 0) throw source.malformed('more than the section says that it holds')
  }

  *#functions(): ParseStep<void> {
    const source = this.#source
    for (let functions = yield* source.u32(); functions > 0; functions--) {
      this.#types.addFunction(source.small() ?? (yield* source.u32()))
    }
    if (this.#types.full) this.#facts.beyondBound('functions', 'more functions', source)
  }

  *#memories(): ParseStep<void> {
    for (let count = yield* this.#source.u32(); count > 0; count--) {
      yield* this.#imports.memory(false)
    }
  }

  *#exports(): ParseStep<void> {
    const source = this.#source
    for (let entries = yield* source.u32(); entries > 0; entries--) {
      const name = yield* source.name()
      const code = source.small() ?? (yield* source.u8())
      const index = source.small() ?? (yield* source.u32())
      const kind = EXPORT_KINDS[code]
      if (!kind) throw source.malformed(`an export of kind 0x${code.toString(16)}`)
      const type = code === 0 ? this.#types.ofFunction(index) : undefined
      this.#facts.exports.push({ name, kind, ...(type !== undefined && { type }) })
      if (code === 0) this.#function(name, type)
    }
  }

  #function(name: string, type: string | undefined): void {
    const facts = this.#facts
    if (name.startsWith('proxy_abi_version_') && facts.markers.length < MARKERS) {
      facts.markers.push(name)
    } else if (name === 'malloc' || name === 'proxy_on_memory_allocate') {
      // Names of exports are unique; of an invalid module that repeats one, the first two are
      // enough.
      if (facts.allocators.length < 2) facts.allocators.push({ name, ...(type && { type }) })
    } else if (name === '_initialize') {
      facts.entry = name
    } else if (name === '_start') {
      facts.entry ??= name
    }
    const hint = hintOfExport(name)
    if (hint) facts.hostHints.add(hint)
  }
}
