/**
 * Bounds of the reader, whatever a file says about itself. Content beyond them is accepted, and
 * reported as partly read. Together they keep one reader below 2 MiB of memory and below about a
 * second of work for a file of any size.
 */

/** Bytes kept of any name or text; a longer text is cut, and ends in an ellipsis. */
export const NAME_BYTES = 512
/**
 * Numbers, names and bytes read in one file; 100,000 imports are 500,000 of them. Measured: 0.1 to
 * 0.3 microseconds each.
 */
export const STEPS = 5_000_000
/**
 * Steps counted for work that takes longer than reading a number, so that millions of sections,
 * nested parts or malformed parts end the reading, too.
 */
export const SECTION_STEPS = 4
export const NESTED_STEPS = 32
export const MALFORMED_STEPS = 64
/** Levels of nested components and modules, and of nested types. */
export const NESTING = 32
/** Types of a module whose signatures are remembered. */
export const TYPES = 65_536
/** Different signatures of a module that are remembered. */
export const SIGNATURES = 4096
/** Parameters and results of a signature that is written out. */
export const SIGNATURE_VALUES = 16
/** Functions of a module whose signatures are remembered. */
export const FUNCTIONS = 262_144

/** Bytes of a file that {@link classify} needs; the longest part that it reads is a tar header. */
export const HEAD_BYTES = 512

/**
 * [entries, bytes of JSON] of each stored list. The sum stays below 256 KiB, with room for the
 * other facts.
 */
export const LISTS = {
  sections: [512, 40 << 10],
  imports: [2048, 52 << 10],
  exports: [2048, 52 << 10],
  memories: [16, 2 << 10],
  oddities: [16, 2 << 10],
  partlyRead: [16, 4 << 10],
  producers: [64, 8 << 10],
  nestedProducers: [16, 1 << 10],
  nested: [256, 24 << 10],
  targetFeatures: [64, 4 << 10],
  wrapped: [16, 4 << 10],
  wasi: [128, 8 << 10],
  packages: [128, 8 << 10],
  interfaces: [128, 8 << 10],
  worlds: [64, 4 << 10],
} as const satisfies Record<string, readonly [entries: number, bytes: number]>

/** Most bytes of the facts about a file, as JSON in UTF-8. */
export const FACTS_BYTES = 256 << 10
