import { SIGNATURE_VALUES } from './bounds.ts'
import type { ByteSource, ParseStep } from './byte-source.ts'
import type { FunctionTypes } from './function-types.ts'

/** Core specification, section 5.3, "Types". */
const VALUE_TYPES: Readonly<Record<number, string>> = {
  0x7f: 'i32',
  0x7e: 'i64',
  0x7d: 'f32',
  0x7c: 'f64',
  0x7b: 'v128',
  // Packed fields of structures and arrays.
  0x78: 'i8',
  0x77: 'i16',
  0x70: 'funcref',
  0x6f: 'externref',
}
const FUNCTION = 0x60
/**
 * References to the heap types that have a short form, from nocont (0x75) to exn (0x69) and cont
 * (0x68).
 */
const SHORT_REFERENCES = [0x68, 0x75] as const

/** Core specification, section 5.5.4, "Type Section". */
export function* readTypes(source: ByteSource, types: FunctionTypes): ParseStep<void> {
  for (let groups = yield* source.u32(); groups > 0; groups--) {
    const form = source.small() ?? (yield* source.u8())
    if (form === FUNCTION) {
      types.addType(yield* readFunctionType(source))
    } else if (form === 0x4e) {
      for (let members = yield* source.u32(); members > 0; members--) {
        types.addType(yield* readSubType(source, yield* source.u8()))
      }
    } else {
      types.addType(yield* readSubType(source, form))
    }
  }
}

/** The signature, if it is a function's. */
export function* readSubType(source: ByteSource, form: number): ParseStep<string | undefined> {
  if (form !== 0x50 && form !== 0x4f) return yield* readCompositeType(source, form)
  for (let above = yield* source.u32(); above > 0; above--) yield* source.u32()
  return yield* readCompositeType(source, yield* source.u8())
}

function* readCompositeType(source: ByteSource, first: number): ParseStep<string | undefined> {
  let form = first
  if (form === 0x65) form = yield* source.u8()
  for (const described of [0x4c, 0x4d]) {
    if (form !== described) continue
    yield* source.u32()
    form = yield* source.u8()
  }
  if (form === FUNCTION) return yield* readFunctionType(source)
  if (form === 0x5f) {
    for (let fields = yield* source.u32(); fields > 0; fields--) yield* readField(source)
  } else if (form === 0x5e) {
    yield* readField(source)
  } else if (form === 0x5d) {
    yield* source.u32()
  } else {
    throw source.malformed(`a type of form 0x${form.toString(16)}`)
  }
  return undefined
}

function* readFunctionType(source: ByteSource): ParseStep<string | undefined> {
  const parameters = yield* readValueTypes(source)
  const results = yield* readValueTypes(source)
  if (parameters === undefined || results === undefined) return undefined
  return `(${parameters})->${results || '()'}`
}

/** The types, separated by commas; undefined if there are too many to write out. */
function* readValueTypes(source: ByteSource): ParseStep<string | undefined> {
  const count = source.small() ?? (yield* source.u32())
  let names = ''
  for (let value = 0; value < count; value++) {
    const code = source.small() ?? (yield* source.u8())
    const name = VALUE_TYPES[code] ?? (yield* readReference(source, code))
    if (value < SIGNATURE_VALUES) names += value === 0 ? name : `,${name}`
  }
  return count > SIGNATURE_VALUES ? undefined : names
}

export function* readValueType(source: ByteSource): ParseStep<string> {
  const code = source.small() ?? (yield* source.u8())
  return VALUE_TYPES[code] ?? (yield* readReference(source, code))
}

function* readReference(source: ByteSource, code: number): ParseStep<string> {
  if (code === 0x63 || code === 0x64) yield* readHeapType(source)
  else if (code < SHORT_REFERENCES[0] || code > SHORT_REFERENCES[1]) {
    throw source.malformed(`a value type 0x${code.toString(16)}`)
  }
  return 'ref'
}

function* readHeapType(source: ByteSource): ParseStep<void> {
  // "shared" and "exact" come before the type itself.
  const code = yield* source.u8()
  if (code === 0x65 || code === 0x62) yield* source.u64()
  else if (code >= 0x80) yield* source.u64()
}

function* readField(source: ByteSource): ParseStep<void> {
  yield* readValueType(source)
  yield* source.u8()
}
