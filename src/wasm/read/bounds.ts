/**
 * Bounds of the reader, whatever a file says about itself. Content beyond them is accepted, and
 * reported as partly read.
 * Together they keep one reader below 2 MiB of memory and below about a second of work for a file of any size.
 */

/** Bytes kept of any name or text; the rest is passed over and the text ends in an ellipsis. */
export const NAME_BYTES = 512
/** Numbers, names and bytes looked at in one file; 100,000 imports are 500,000. Measured: 0.1 to 0.3 microseconds each. */
export const STEPS = 5_000_000
/** What takes more work than reading a number, in steps: so that millions of them end the reading as soon as anything else. */
export const SECTION_STEPS = 4
export const NESTED_STEPS = 32
export const MALFORMED_STEPS = 64
/** Modules and components inside components, and types inside types. */
export const NESTING = 32
/** Types of one module whose signature is known. */
export const TYPES = 65_536
/** Different signatures that are distinguished in one module. */
export const SIGNATURES = 4096
/** Parameters and results of a signature that is written out. */
export const SIGNATURE_VALUES = 16
/** Functions of one module whose signature is known. */
export const FUNCTIONS = 262_144

/** Bytes of a file that {@link classify} wants: a tar header is the longest thing it looks at. */
export const HEAD_BYTES = 512

/** [entries, bytes of JSON] of each stored list. The bytes add up to less than 256 KiB with room for what is not a list. */
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

/** The facts of one file as JSON in UTF-8, never more. */
export const FACTS_BYTES = 256 << 10
