import * as z from 'zod'
import { isRepositoryName } from '../oci/name.ts'
import { DURATION, formatDuration, formatSize, parseDuration, parseSize, SIZE } from './units.ts'

/*
 * The kinds of value of a key. Each carries two words for people: `allowed` completes the sentence
 * "use …" of an error, and `placeholder` stands for the value in help. Sizes and durations are
 * codecs: text in the sources, a number in the Config, text again when printed.
 *
 * A path or address that is not set is null, so that an empty one, from a template gone wrong, is
 * an error and not an open registry.
 */

export const text = () =>
  z.string().min(1).meta({ allowed: 'a text that is not empty', placeholder: 'TEXT' })

export const boolean = () =>
  z.boolean().meta({ allowed: 'true or false', placeholder: 'true|false' })

export const choice = <const Options extends readonly [string, ...string[]]>(...options: Options) =>
  z.enum(options).meta({
    allowed: options.length > 2 ? `one of ${options.join(', ')}` : options.join(' or '),
    placeholder: options.join('|'),
  })

export const integer = ({ from, to }: { from: number; to: number }) =>
  z
    .int()
    .min(from)
    .max(to)
    .meta({ allowed: `a whole number from ${from} to ${to}`, placeholder: 'NUMBER' })

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
    .meta({
      allowed: `a size such as 1000, 4KiB, 16MiB, 1GiB${formatRange(range)}`,
      placeholder: 'SIZE',
    })

/** Milliseconds, written as `500ms`, `30s`, `5m` or `24h`. */
export const duration = (range: Range = {}) =>
  z
    .codec(z.string().regex(DURATION), within(range, parseDuration), {
      decode: parseDuration,
      encode: formatDuration,
    })
    .meta({
      allowed: `a duration such as 500ms, 30s, 5m, 24h${formatRange(range)}`,
      placeholder: 'DURATION',
    })

export const path = () =>
  z.string().min(1).nullable().meta({ allowed: 'the path of a file', placeholder: 'FILE' })

export const port = () =>
  z
    .int()
    .min(0)
    .max(65_535)
    .nullable()
    .meta({ allowed: 'a whole number from 0 to 65535', placeholder: 'PORT' })

/** Scheme, host and port. */
export const webAddress = () =>
  z
    .string()
    .regex(/^https?:\/\/[A-Za-z0-9.[\]:_-]+\/?$/)
    .refine((address) => URL.canParse(address))
    .nullable()
    .meta({
      allowed: 'an http or https URL without a path, such as https://registry.example.com',
      placeholder: 'URL',
    })

/** Without scheme and port. */
export const hostName = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/)
    .meta({ allowed: 'a host name such as registry.example.com', placeholder: 'HOST' })

export const repository = () =>
  z.string().refine(isRepositoryName).nullable().meta({
    allowed: 'the name of a repository, such as packages',
    placeholder: 'REPOSITORY',
  })

export const list = <Item extends z.ZodType>(item: Item) =>
  z.array(item).meta({ allowed: 'a list such as [a, b]', placeholder: 'LIST' })

interface Range {
  readonly from?: string
  readonly to?: string
}

function within({ from, to }: Range, parse: (written: string) => number) {
  const bottom = z.int().min(from === undefined ? 0 : parse(from))
  return to === undefined ? bottom : bottom.max(parse(to))
}

function formatRange({ from, to }: Range): string {
  if (from !== undefined && to !== undefined) return `, from ${from} to ${to}`
  return from === undefined ? '' : `, at least ${from}`
}
