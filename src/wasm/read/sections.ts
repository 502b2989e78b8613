import { SECTION_STEPS } from './bounds.ts'
import { type ByteSource, EndOfBytes, Malformed, type ParseStep } from './byte-source.ts'
import { type CustomSectionFacts, readCustomSection } from './custom-section.ts'
import type { Damage, Part } from './facts.ts'
import type { FactsBuilder } from './facts-builder.ts'

/** A section; its contents are from `offset` to `end`. */
export interface Section {
  readonly id: number
  readonly offset: number
  readonly end: number
}

/** The reader of the sections of a module or component. */
export interface SectionReader {
  readonly names: Readonly<Record<number, string>>
  readonly custom: CustomSectionFacts
  /** Called at the start of each section; a custom section is given under its own name. */
  found(section: Section, name: string): void
  /**
   * Reads the contents of a section that is not custom; bytes that it leaves unread are skipped.
   */
  read(section: Section): ParseStep<void>
  /** The part of the facts that is incomplete when the section cannot be understood. */
  part(section: Section): Part
}

/** There is no complete section at this offset. */
class NoSection extends Error {
  readonly damage: Damage
  constructor(damage: Damage) {
    super()
    this.damage = damage
  }
}

/**
 * Reads sections up to the end of the file, or of the section that contains this module. The file
 * counts as damaged only if one of its own sections is cut off or is not a section; errors inside a
 * section only mean that a part was not understood.
 */
export function* readSections(
  source: ByteSource,
  facts: FactsBuilder,
  reader: SectionReader,
): ParseStep<void> {
  const { limit } = source
  try {
    let zeros: number | undefined
    while (!(yield* source.atEnd())) {
      const begin = source.offset
      const section = yield* readHeader(source, zeros ?? begin)
      if (section.id === 0 && section.end === section.offset) {
        zeros ??= begin
      } else {
        if (zeros !== undefined) facts.notUnderstood('custom', 'a section without a name', source)
        zeros = undefined
        yield* readContents(source, facts, reader, section)
      }
    }
    // A custom section has at least the length of its name, so zeros up to the end are padding.
    if (zeros !== undefined) throw new NoSection({ rule: 'trailing-bytes', offset: zeros })
  } catch (error) {
    if (!(error instanceof NoSection)) throw error
    if (limit !== Infinity) throw source.malformed('bytes that are no section')
    facts.damage = error.damage
  }
}

function* readHeader(source: ByteSource, begin: number): ParseStep<Section> {
  try {
    source.spend(SECTION_STEPS)
    const id = source.small() ?? (yield* source.u8())
    const size = source.small() ?? (yield* source.u32())
    if (size > source.remaining) throw source.malformed('a section that is longer than its place')
    return { id, offset: source.offset, end: source.offset + size }
  } catch (error) {
    const ended = error instanceof EndOfBytes && source.limit === Infinity
    if (!(error instanceof Malformed || ended)) throw error
    throw new NoSection({ rule: 'trailing-bytes', offset: begin })
  }
}

function* readContents(
  source: ByteSource,
  facts: FactsBuilder,
  reader: SectionReader,
  section: Section,
): ParseStep<void> {
  const { limit } = source
  source.limit = section.end
  try {
    yield* understand(source, facts, reader, section)
    source.limit = limit
    yield* source.skip(section.end - source.offset)
  } catch (error) {
    // Of nested sections the outermost one is reported as cut off.
    if (!(error instanceof EndOfBytes) || limit !== Infinity) throw error
    throw new NoSection({
      rule: 'cut-short',
      offset: section.offset,
      missing: section.end - source.offset,
      section: nameOf(section, reader),
    })
  }
}

function* understand(
  source: ByteSource,
  facts: FactsBuilder,
  reader: SectionReader,
  section: Section,
): ParseStep<void> {
  try {
    if (section.id === 0) {
      const name = yield* readCustomName(source, section)
      reader.found(section, name)
      yield* readCustomSection(source, name, reader.custom)
    } else {
      reader.found(section, nameOf(section, reader))
      yield* reader.read(section)
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    facts.notUnderstood(section.id === 0 ? 'custom' : reader.part(section), error.message, source)
  }
}

function* readCustomName(source: ByteSource, section: Section): ParseStep<string> {
  const length = source.small() ?? (yield* source.u32())
  if (length <= source.remaining) return yield* source.text(length)
  // A second file after the first one: its magic number would be a section of 97 bytes with a name
  // of 115, which is never valid.
  if (section.end - section.offset === 0x61 && length === 0x73 && (yield* source.u8()) === 0x6d) {
    throw new NoSection({ rule: 'trailing-bytes', offset: section.offset - 2 })
  }
  throw source.malformed('a name that is longer than its section')
}

function nameOf(section: Section, reader: SectionReader): string {
  return reader.names[section.id] ?? `section ${section.id}`
}
