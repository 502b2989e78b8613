import * as z from 'zod'
import { DURATION, SIZE, formatDuration, formatSize, parseDuration, parseSize } from './units.ts'

/*
 * The kinds of value a key can take. Each carries `allowed`, the words in which an error says what may be written
 * there. Sizes and durations are codecs: text in the sources, a number in the Config, text again when printed.
 */

export const text = () => z.string().min(1).meta({ allowed: 'text, not empty' })

export const yesOrNo = () => z.boolean().meta({ allowed: 'true or false' })

export const choice = <const Options extends readonly [string, ...string[]]>(...options: Options) =>
  z
    .enum(options)
    .meta({ allowed: options.length > 2 ? `one of ${options.join(', ')}` : options.join(' or ') })

export const whole = ({ from, to }: { from: number; to: number }) =>
  z
    .int()
    .min(from)
    .max(to)
    .meta({ allowed: `a whole number from ${from} to ${to}` })

/** Bytes, written as `1000`, `4KiB`, `16MiB`, `1GiB` or `2TiB`. */
export const size = (range: Range = {}) =>
  z
    .codec(z.union([z.int().nonnegative(), z.string().regex(SIZE)]), within(range, parseSize), {
      decode: (written) => (typeof written === 'number' ? written : parseSize(written)),
      encode: (bytes) => {
        const written = formatSize(bytes)
        return written === String(bytes) ? bytes : written
      },
    })
    .meta({ allowed: `a size such as 1000, 4KiB, 16MiB, 1GiB${words(range)}` })

/** Milliseconds, written as `500ms`, `30s`, `5m` or `24h`. */
export const duration = (range: Range = {}) =>
  z
    .codec(z.string().regex(DURATION), within(range, parseDuration), {
      decode: parseDuration,
      encode: formatDuration,
    })
    .meta({ allowed: `a duration such as 500ms, 30s, 5m, 24h${words(range)}` })

/** One key: what it takes, what it is when nobody sets it, what it does. */
export function key<Type extends z.ZodType>(
  type: Type,
  about: {
    default: z.input<Type> & z.core.util.NoUndefined<z.input<Type>>
    meaning: string
    secret?: true
  },
) {
  const { default: fallback, meaning, secret } = about
  return type.prefault(fallback).meta({ description: meaning, ...(secret && { secret }) })
}

/** Keys that share the first part of their path. */
export const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape).prefault({} as z.input<z.ZodObject<Shape>>)

interface Range {
  readonly from?: string
  readonly to?: string
}

function within({ from, to }: Range, parse: (written: string) => number) {
  const bottom = z.int().min(from === undefined ? 0 : parse(from))
  return to === undefined ? bottom : bottom.max(parse(to))
}

function words({ from, to }: Range): string {
  if (from !== undefined && to !== undefined) return `, from ${from} to ${to}`
  return from === undefined ? '' : `, at least ${from}`
}
