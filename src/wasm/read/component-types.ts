import { NESTING } from './bounds.ts'
import type { ByteSource, ParseStep } from './byte-source.ts'
import { readSubType } from './core-types.ts'

/**
 * Sorts of the names in a component: Binary.md, "Type Definitions", `externtype`; also the sort of
 * an export.
 */
const KINDS: Readonly<Record<number, string>> = {
  0: 'module',
  1: 'func',
  2: 'value',
  3: 'type',
  4: 'component',
  5: 'instance',
}

/**
 * `defvaltype`: the parts after the code. A `type` is the index of a type, or the single byte of a
 * primitive; both read like a number, as does the length of a list.
 */
const VALUE_TYPES: Readonly<Record<number, readonly Shape[]>> = {
  0x72: ['fields'],
  0x71: ['cases'],
  0x70: ['type'],
  0x6f: ['types'],
  0x6e: ['labels'],
  0x6d: ['labels'],
  0x6b: ['type'],
  0x6a: ['optional', 'optional'],
  0x69: ['type'],
  0x68: ['type'],
  0x67: ['type', 'type'],
  0x66: ['optional'],
  0x65: ['optional'],
  0x63: ['type', 'type'],
}
type Shape = 'fields' | 'cases' | 'labels' | 'types' | 'type' | 'optional'

/** Called for each name that a component type exports, with the depth of nested types. */
type Declared = (name: string, kind: string, depth: number) => void

/** Reads the types of a component to find the names in them; everything else is skipped. */
export class ComponentTypes {
  readonly #source: ByteSource
  readonly #declared: Declared
  #depth = 0

  constructor(source: ByteSource, declared: Declared) {
    this.#source = source
    this.#declared = declared
  }

  /** Binary.md, `nameattributes`: three ways to write a name, the last with attributes. */
  *externName(): ParseStep<string> {
    const source = this.#source
    const form = yield* source.u8()
    if (form > 2) throw source.malformed(`a name of form 0x${form.toString(16)}`)
    const name = yield* source.name()
    if (form === 2) {
      for (let attributes = yield* source.u32(); attributes > 0; attributes--) {
        yield* source.u8()
        yield* source.name()
      }
    }
    return name
  }

  /** Binary.md, `externtype`; returns its kind. */
  *externType(): ParseStep<string> {
    const source = this.#source
    const code = yield* source.u8()
    if (code === 0) yield* source.u8()
    const bound = code === 2 || code === 3 ? yield* source.u8() : 0
    // The bound of a type is another type or "any resource"; of a value, another value or a type.
    if (code === 2 || bound === 0) yield* source.u64()
    return this.kind(code)
  }

  kind(code: number): string {
    const kind = KINDS[code]
    if (!kind) throw this.#source.malformed(`something of sort 0x${code.toString(16)}`)
    return kind
  }

  *type(): ParseStep<void> {
    const source = this.#source
    const code = yield* source.u8()
    if (code === 0x41 || code === 0x42) yield* this.#declarations(code === 0x41)
    else if (code === 0x40 || code === 0x43) yield* this.#function()
    else if (code === 0x3f) yield* this.#resource()
    else yield* this.#valueType(code)
  }

  *#declarations(ofComponent: boolean): ParseStep<void> {
    const source = this.#source
    if (this.#depth === NESTING) throw source.malformed('types too deep inside each other')
    this.#depth++
    for (let count = yield* source.u32(); count > 0; count--) {
      const code = yield* source.u8()
      if (code === 0) yield* this.#coreType()
      else if (code === 1) yield* this.type()
      else if (code === 2) yield* this.#alias()
      else if (code === 3 || code === 4) {
        const name = yield* this.externName()
        const kind = yield* this.externType()
        if (code === 4 && ofComponent) this.#declared(name, kind, this.#depth)
      } else throw source.malformed(`a declaration of form 0x${code.toString(16)}`)
    }
    this.#depth--
  }

  *#function(): ParseStep<void> {
    yield* this.#labelled(false)
    if ((yield* this.#source.u8()) === 0) yield* this.#source.u64()
    else yield* this.#source.u8()
  }

  *#resource(): ParseStep<void> {
    yield* this.#source.u8()
    if ((yield* this.#source.u8()) !== 0) yield* this.#source.u32()
  }

  *#valueType(code: number): ParseStep<void> {
    const source = this.#source
    const primitive = (code >= 0x73 && code <= 0x7f) || code === 0x64
    const shape = primitive ? [] : VALUE_TYPES[code]
    if (!shape) throw source.malformed(`a type of form 0x${code.toString(16)}`)
    for (const part of shape) {
      if (part === 'fields' || part === 'cases') yield* this.#labelled(part === 'cases')
      else if (part === 'optional') yield* this.#optional()
      else if (part === 'type') yield* source.u64()
      else {
        for (let count = yield* source.u32(); count > 0; count--) {
          if (part === 'labels') yield* source.name()
          else yield* source.u64()
        }
      }
    }
  }

  /** Labels, each with a type. The cases of a variant may have none, and end in a zero. */
  *#labelled(cases: boolean): ParseStep<void> {
    const source = this.#source
    for (let count = yield* source.u32(); count > 0; count--) {
      yield* source.name()
      if (cases) {
        yield* this.#optional()
        yield* source.u8()
      } else yield* source.u64()
    }
  }

  *#optional(): ParseStep<void> {
    if ((yield* this.#source.u8()) !== 0) yield* this.#source.u64()
  }

  /** A core module type is not followed: it does not occur in components made from WIT. */
  *#coreType(): ParseStep<void> {
    const form = yield* this.#source.u8()
    if (form === 0x50) throw this.#source.malformed('a core module type')
    yield* readSubType(this.#source, form === 0 ? yield* this.#source.u8() : form)
  }

  *#alias(): ParseStep<void> {
    const source = this.#source
    if ((yield* source.u8()) === 0) yield* source.u8()
    const target = yield* source.u8()
    yield* source.u32()
    if (target === 2) yield* source.u32()
    else yield* source.name()
  }
}
