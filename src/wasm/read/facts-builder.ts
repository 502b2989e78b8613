import { LISTS } from './bounds.ts'
import type { ByteSource } from './byte-source.ts'
import { CappedList, type CountedList } from './capped-list.ts'
import { CustomSectionFacts } from './custom-section.ts'
import type {
  Damage,
  Extern,
  MemoryFacts,
  NestedFacts,
  Oddity,
  Part,
  PartlyRead,
  SectionFacts,
  HostHint,
  WasmFacts,
  WasmKind,
  WitFacts,
} from './facts.ts'

/** Collects the facts about one file from the parts of the reader. */
export class FactsBuilder {
  kind: WasmKind = 'unknown'
  version = 0
  layer = 0
  damage: Damage | undefined
  entry: string | undefined
  wit: WitFacts | undefined
  readonly custom = new CustomSectionFacts()
  readonly partlyRead = new CappedList<PartlyRead>(LISTS.partlyRead)
  readonly oddities = new CappedList<Oddity>(LISTS.oddities)
  readonly sections = new CappedList<SectionFacts>(LISTS.sections)
  readonly imports = new CappedList<Extern>(LISTS.imports)
  readonly exports = new CappedList<Extern>(LISTS.exports)
  readonly memories = new CappedList<MemoryFacts>(LISTS.memories)
  readonly nested = new CappedList<NestedFacts>(LISTS.nested)
  readonly wasi = new CappedList<string>(LISTS.wasi)
  readonly packages = new CappedList<string>(LISTS.packages)
  readonly markers: string[] = []
  readonly allocators: { readonly name: string; readonly type?: string }[] = []
  readonly hostHints = new Set<HostHint>()
  readonly #partsCut = new Set<Part>()

  /** Notes, once for each part, that it continues beyond a bound. */
  beyondBound(part: Part, detail: string, source: ByteSource): void {
    if (this.#partsCut.has(part)) return
    this.#partsCut.add(part)
    this.partlyRead.push({ part, why: 'bound', detail, offset: source.offset })
  }

  notUnderstood(part: Part, detail: string, source: ByteSource): void {
    this.partlyRead.push({ part, why: 'not-understood', detail, offset: source.offset })
  }

  build(): WasmFacts {
    const { custom } = this
    return {
      kind: this.kind,
      version: this.version,
      layer: this.layer,
      ...(this.damage && { damage: this.damage }),
      partlyRead: this.partlyRead.list(),
      oddities: this.oddities.list(),
      sections: this.sections.list(),
      imports: this.imports.list(),
      exports: this.exports.list(),
      memories: this.memories.list(),
      ...(custom.name !== undefined && { name: custom.name }),
      producers: custom.producers.list(),
      metadata: custom.metadata,
      targetFeatures: custom.targetFeatures.list(),
      debug: custom.debug,
      nested: this.#nested(),
      proxyWasm: { markers: this.markers, allocators: this.allocators },
      ...(this.entry !== undefined && { entry: this.entry }),
      wasi: this.wasi.list(),
      packages: this.packages.list(),
      ...(this.wit && { wit: this.wit }),
      wrapped: custom.wrapped.list(),
      ...(custom.linking && { linking: custom.linking }),
      precompiled: custom.precompiled,
      hostHints: [...this.hostHints].toSorted(),
    }
  }

  /** Sorted by offset: each was noted at its end, after those inside it. */
  #nested(): CountedList<NestedFacts> {
    const { total, items } = this.nested.list()
    return { total, items: items.toSorted((one, other) => one.offset - other.offset) }
  }
}
