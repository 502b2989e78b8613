import { LISTS } from './bounds.ts'
import type { ByteSource, ParseStep } from './byte-source.ts'
import { CappedList } from './capped-list.ts'
import { type DebugFacts, METADATA, type Producer, type WasmFacts } from './facts.ts'

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The content of the custom sections of a module or component. */
export class CustomSectionFacts {
  name: string | undefined
  readonly producers: CappedList<Producer>
  readonly metadata: Mutable<WasmFacts['metadata']> = {}
  readonly targetFeatures = new CappedList<string>(LISTS.targetFeatures)
  readonly wrapped = new CappedList<string>(LISTS.wrapped)
  readonly debug: Mutable<DebugFacts> = { dwarf: 0, names: 0 }
  linking: WasmFacts['linking']
  precompiled = 0

  constructor(producers: readonly [entries: number, bytes: number] = LISTS.producers) {
    this.producers = new CappedList(producers)
  }
}

/**
 * Reads a custom section whose name is known, up to the limit of the source, and leaves any other
 * unread.
 */
export function* readCustomSection(
  source: ByteSource,
  name: string,
  facts: CustomSectionFacts,
): ParseStep<void> {
  const metadata = METADATA.find((known) => known === name)
  if (metadata) facts.metadata[metadata] = yield* source.text(source.remaining)
  else if (READERS.has(name)) yield* READERS.get(name)!(source, facts)
  else addUnread(name, source.remaining, facts)
}

const READERS = new Map<string, (source: ByteSource, facts: CustomSectionFacts) => ParseStep<void>>(
  [
    ['name', readNames],
    ['component-name', readNames],
    ['producers', readProducers],
    ['target_features', readTargetFeatures],
    ['sourceMappingURL', readSourceMap],
    ['external_debug_info', readExternalDebugInfo],
  ],
)

/** Records a section of which only the name, and perhaps the size, matters. */
function addUnread(name: string, size: number, facts: CustomSectionFacts): void {
  if (name.startsWith('.debug_')) facts.debug.dwarf += size
  else if (name.startsWith('component-type')) facts.wrapped.push(name)
  else if (name.startsWith('precompiled_')) facts.precompiled += size
  else if (name === 'linking' || name.startsWith('reloc.')) facts.linking = 'object-file'
  else if (name === 'dylink.0' || name === 'dylink') facts.linking ??= 'dynamic-library'
}

/**
 * Core specification, appendix "Name Section": only its first part, the name of the module, is
 * kept.
 */
function* readNames(source: ByteSource, facts: CustomSectionFacts): ParseStep<void> {
  facts.debug.names += source.remaining
  if ((yield* source.atEnd()) || (yield* source.u8()) !== 0) return
  yield* source.u32()
  facts.name = yield* source.name()
}

/** WebAssembly/tool-conventions, "Producers Section". */
function* readProducers(source: ByteSource, facts: CustomSectionFacts): ParseStep<void> {
  for (let fields = yield* source.u32(); fields > 0; fields--) {
    const field = yield* source.name()
    for (let values = yield* source.u32(); values > 0; values--) {
      const name = yield* source.name()
      facts.producers.push({ field, name, version: yield* source.name() })
    }
  }
}

/** WebAssembly/tool-conventions, "Linking", "Target Features Section". */
function* readTargetFeatures(source: ByteSource, facts: CustomSectionFacts): ParseStep<void> {
  for (let features = yield* source.u32(); features > 0; features--) {
    const prefix = String.fromCharCode(yield* source.u8())
    facts.targetFeatures.push(prefix + (yield* source.name()))
  }
}

function* readSourceMap(source: ByteSource, facts: CustomSectionFacts): ParseStep<void> {
  facts.debug.sourceMap = yield* source.name()
}

function* readExternalDebugInfo(source: ByteSource, facts: CustomSectionFacts): ParseStep<void> {
  facts.debug.external = yield* source.name()
}
