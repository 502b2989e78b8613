import type { ByteSource, ParseStep } from './byte-source.ts'
import { readValueType } from './core-types.ts'
import type { Extern } from './facts.ts'
import type { FunctionTypes } from './function-types.ts'
import type { FactsBuilder } from './facts-builder.ts'
import { hintOfImport } from './host-hints.ts'

/** Core specification, section 5.5.5, "Import Section"; 0x20 is a function of exactly this type. */
const KINDS: Readonly<Record<number, string>> = {
  0: 'function',
  1: 'table',
  2: 'memory',
  3: 'global',
  4: 'tag',
  0x20: 'function',
}

/** The description of an import, without its names. */
interface Described {
  readonly kind: string
  readonly type?: string
}

export class CoreImports {
  readonly #source: ByteSource
  readonly #facts: FactsBuilder
  readonly #types: FunctionTypes

  constructor(source: ByteSource, facts: FactsBuilder, types: FunctionTypes) {
    this.#source = source
    this.#facts = facts
    this.#types = types
  }

  *read(): ParseStep<void> {
    const source = this.#source
    for (let entries = yield* source.u32(); entries > 0; entries--) {
      const module = yield* source.name()
      const name = yield* source.name()
      const kind = source.small() ?? (yield* source.u8())
      // Proposal "compact imports": one module, then many names, with a type each or with one for
      // all.
      if (kind === 0x7f && name === '') {
        for (let names = yield* source.u32(); names > 0; names--) {
          const each = yield* source.name()
          this.#add(module, each, yield* this.#describe(yield* source.u8()))
        }
      } else if (kind === 0x7e && name === '') {
        const shared = yield* this.#describe(yield* source.u8())
        for (let names = yield* source.u32(); names > 0; names--) {
          this.#add(module, yield* source.name(), shared)
        }
      } else {
        this.#add(module, name, yield* this.#describe(kind))
      }
    }
  }

  *memory(imported: boolean): ParseStep<void> {
    const flags = yield* this.#source.u32()
    if (flags > 0x0f) throw this.#source.malformed(`limits of form 0x${flags.toString(16)}`)
    const min = yield* this.#source.u64()
    const max = flags & 1 ? yield* this.#source.u64() : undefined
    if (flags & 8) yield* this.#source.u32()
    this.#facts.memories.push({
      min,
      ...(max !== undefined && { max }),
      imported,
      shared: (flags & 2) !== 0,
      memory64: (flags & 4) !== 0,
    })
  }

  #add(module: string, name: string, described: Described): void {
    const facts = this.#facts
    facts.imports.push({ module, name, ...described })
    if (/^wasi[_:]/.test(module)) facts.wasi.add(module)
    const hint = hintOfImport(module, name)
    if (hint) facts.hostHints.add(hint)
  }

  *#describe(code: number): ParseStep<Described> {
    const source = this.#source
    const kind = KINDS[code]
    if (!kind) throw source.malformed(`an import of kind 0x${code.toString(16)}`)
    if (kind === 'function') return { kind, ...(yield* this.#function()) }
    if (kind === 'memory') yield* this.memory(true)
    else if (kind === 'table') yield* this.#table()
    else {
      // A global: its type and whether it can change. A tag: an attribute and its type.
      if (kind === 'global') yield* readValueType(source)
      yield* source.u8()
      if (kind === 'tag') yield* source.u32()
    }
    return { kind }
  }

  *#function(): ParseStep<Pick<Extern, 'type'>> {
    const index = this.#source.small() ?? (yield* this.#source.u32())
    this.#types.addFunction(index)
    const type = this.#types.ofType(index)
    return type === undefined ? {} : { type }
  }

  *#table(): ParseStep<void> {
    yield* readValueType(this.#source)
    const flags = yield* this.#source.u32()
    yield* this.#source.u64()
    if (flags & 1) yield* this.#source.u64()
  }
}
