import type { ByteSource, Reading } from './byte-source.ts'
import { CoreImports } from './core-imports.ts'
import { readTypes } from './core-types.ts'
import type { Part } from './facts.ts'
import { FunctionTypes } from './function-types.ts'
import type { Notes } from './notes.ts'
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
  readonly #notes: Notes
  readonly #types = new FunctionTypes()
  readonly #imports: CoreImports
  /** Position in the order of sections before which the next one must not stand. */
  #place = 0

  constructor(source: ByteSource, notes: Notes) {
    this.#source = source
    this.#notes = notes
    this.#imports = new CoreImports(source, notes, this.#types)
  }

  get custom() {
    return this.#notes.custom
  }

  part(section: Section): Part {
    return PARTS[section.id] ?? 'sections'
  }

  found({ id, offset, end }: Section, name: string): void {
    const notes = this.#notes
    notes.sections.push({ id, name, size: end - offset, offset })
    if (id === 0) return
    const place = CORE_ORDER.indexOf(id)
    if (place < 0) notes.oddities.push({ rule: 'unknown-section', section: id, offset })
    else if (place < this.#place) {
      notes.oddities.push({ rule: 'section-order', section: id, offset })
    } else this.#place = place + 1
  }

  *read({ id }: Section): Reading<void> {
    const source = this.#source
    if (id === 1) yield* readTypes(source, this.#types)
    else if (id === 2) yield* this.#imports.read()
    else if (id === 3) yield* this.#functions()
    else if (id === 5) yield* this.#memories()
    else if (id === 7) yield* this.#exports()
    else return
    if (source.remaining > 0) throw source.malformed('more than the section says that it holds')
  }

  *#functions(): Reading<void> {
    const source = this.#source
    for (let functions = yield* source.u32(); functions > 0; functions--) {
      this.#types.addFunction(source.small() ?? (yield* source.u32()))
    }
    if (this.#types.full) this.#notes.beyondBound('functions', 'more functions', source)
  }

  *#memories(): Reading<void> {
    for (let count = yield* this.#source.u32(); count > 0; count--) {
      yield* this.#imports.memory(false)
    }
  }

  *#exports(): Reading<void> {
    const source = this.#source
    for (let entries = yield* source.u32(); entries > 0; entries--) {
      const name = yield* source.name()
      const code = source.small() ?? (yield* source.u8())
      const index = source.small() ?? (yield* source.u32())
      const kind = EXPORT_KINDS[code]
      if (!kind) throw source.malformed(`an export of kind 0x${code.toString(16)}`)
      const type = code === 0 ? this.#types.ofFunction(index) : undefined
      this.#notes.exports.push({ name, kind, ...(type !== undefined && { type }) })
      if (code === 0) this.#function(name, type)
    }
  }

  #function(name: string, type: string | undefined): void {
    const notes = this.#notes
    if (name.startsWith('proxy_abi_version_') && notes.markers.length < MARKERS) {
      notes.markers.push(name)
    } else if (name === 'malloc' || name === 'proxy_on_memory_allocate') {
      // Names of exports are unique; of an invalid module that repeats one, the first two are
      // enough.
      if (notes.allocators.length < 2) notes.allocators.push({ name, ...(type && { type }) })
    } else if (name === '_initialize') {
      notes.entry = name
    } else if (name === '_start') {
      notes.entry ??= name
    }
    const hint = hintOfExport(name)
    if (hint) notes.hostHints.add(hint)
  }
}
