import { LISTS, NESTED_STEPS, NESTING } from './bounds.ts'
import type { ByteSource, ParseStep } from './byte-source.ts'
import { CappedList } from './capped-list.ts'
import { ComponentTypes } from './component-types.ts'
import { CustomSectionFacts } from './custom-section.ts'
import type { Part } from './facts.ts'
import type { FactsBuilder } from './facts-builder.ts'
import { readPreamble } from './preamble.ts'
import { COMPONENT_SECTIONS, CORE_SECTIONS } from './section-names.ts'
import { readSections, type Section, type SectionReader } from './sections.ts'

/** Interfaces whose export makes a component runnable by a host. */
const ENTRY = /^wasi:(?:cli\/run|http\/(?:incoming-handler|handler))(?:@|$)/
const PARTS: Readonly<Record<number, Part>> = {
  1: 'nested',
  4: 'nested',
  7: 'wit',
  10: 'imports',
  11: 'exports',
}

/**
 * Reads a component (component model, Binary.md): the names of its imports and exports, and the
 * producers of nested modules and components, of which nothing else is read.
 */
export class Component implements SectionReader {
  readonly names: Readonly<Record<number, string>>
  readonly custom: CustomSectionFacts
  readonly #source: ByteSource
  readonly #facts: FactsBuilder
  readonly #depth: number
  readonly #types: ComponentTypes
  readonly #interfaces = new CappedList<string>(LISTS.interfaces)
  readonly #worlds = new CappedList<string>(LISTS.worlds)
  #package: string | undefined
  /** Whether it holds anything but types and their names. */
  #onlyTypes = true

  constructor(source: ByteSource, facts: FactsBuilder, depth = 0, layer = 1) {
    this.#source = source
    this.#facts = facts
    this.#depth = depth
    this.names = layer === 0 ? CORE_SECTIONS : COMPONENT_SECTIONS
    this.custom = depth === 0 ? facts.custom : new CustomSectionFacts(LISTS.nestedProducers)
    this.#types = new ComponentTypes(source, (name, kind, inside) => {
      if (inside === 1) this.#declare(name, kind)
    })
  }

  part(section: Section): Part {
    return PARTS[section.id] ?? 'sections'
  }

  found({ id, offset, end }: Section, name: string): void {
    if (this.#depth > 0) return
    this.#facts.sections.push({ id, name, size: end - offset, offset })
    if (!this.names[id]) {
      this.#facts.oddities.push({ rule: 'unknown-section', section: id, offset })
    }
    // Custom sections, types and exports.
    if (id !== 0 && id !== 7 && id !== 11) this.#onlyTypes = false
  }

  *read(section: Section): ParseStep<void> {
    const isComponent = this.names === COMPONENT_SECTIONS
    if (isComponent && (section.id === 1 || section.id === 4)) yield* this.#nested(section)
    if (this.#depth > 0) return
    if (section.id === 7 && this.#onlyTypes) {
      for (let types = yield* this.#source.u32(); types > 0; types--) yield* this.#types.type()
    } else if (section.id === 10) yield* this.#imports()
    else if (section.id === 11) yield* this.#exports()
  }

  /** Called after the last section of the file. */
  finish(): void {
    const facts = this.#facts
    const { total, items } = facts.exports.list()
    if (!this.#onlyTypes || total === 0 || items.some(({ kind }) => kind !== 'type')) return
    facts.kind = 'wit-package'
    facts.wit = {
      ...(this.#package !== undefined && { package: this.#package }),
      interfaces: this.#interfaces.list(),
      worlds: this.#worlds.list(),
    }
  }

  *#nested({ id, offset, end }: Section): ParseStep<void> {
    const depth = this.#depth + 1
    const facts = this.#facts
    if (depth > NESTING) {
      facts.beyondBound('nested', `more than ${NESTING} inside each other`, this.#source)
      return
    }
    this.#source.spend(NESTED_STEPS)
    const { layer } = yield* readPreamble(this.#source)
    const inner = new Component(this.#source, facts, depth, layer)
    const kind = id === 1 ? 'core-module' : 'component'
    if (layer !== (id === 1 ? 0 : 1)) throw this.#source.malformed(`no ${kind}`)
    yield* readSections(this.#source, facts, inner)
    const { name } = inner.custom
    const producers = inner.custom.producers.list().items
    facts.nested.push({
      kind,
      depth,
      offset,
      size: end - offset,
      ...(name !== undefined && { name }),
      ...(producers.length > 0 && { producers }),
    })
  }

  *#imports(): ParseStep<void> {
    const source = this.#source
    for (let entries = yield* source.u32(); entries > 0; entries--) {
      const name = yield* this.#types.externName()
      this.#facts.imports.push({ name, kind: yield* this.#types.externType() })
      this.#note(name)
    }
    if (source.remaining > 0) throw source.malformed('more than the section says that it holds')
  }

  *#exports(): ParseStep<void> {
    const source = this.#source
    for (let entries = yield* source.u32(); entries > 0; entries--) {
      const name = yield* this.#types.externName()
      const sort = yield* source.u8()
      if (sort === 0) yield* source.u8()
      yield* source.u32()
      this.#facts.exports.push({ name, kind: this.#types.kind(sort) })
      if ((yield* source.u8()) !== 0) yield* this.#types.externType()
      if (ENTRY.test(name)) this.#facts.entry ??= name
      this.#note(name)
    }
    if (source.remaining > 0) throw source.malformed('more than the section says that it holds')
  }

  #note(name: string): void {
    const owner = packageOf(name)
    if (owner === undefined) return
    this.#facts.packages.add(owner)
    if (name.startsWith('wasi:')) this.#facts.wasi.add(name)
  }

  #declare(name: string, kind: string): void {
    const owner = packageOf(name)
    if (owner === undefined) return
    this.#package ??= owner
    if (kind === 'component') this.#worlds.push(name)
    else this.#interfaces.push(name)
  }
}

/** `wasi:http@0.2.0` of `wasi:http/types@0.2.0`; undefined of a name that is in no package. */
function packageOf(name: string): string | undefined {
  const [, owner, version = ''] = /^([^/@:]+:[^/@]+)\/[^@]*(@.*)?$/.exec(name) ?? []
  return owner && owner + version
}
