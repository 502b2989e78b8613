const SIZES = [
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
] as const

const DURATIONS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** `512`, `4KiB`, `16MiB`, `1GiB`, `2TiB` */
export const SIZE = /^\d+(KiB|MiB|GiB|TiB)?$/

/** `500ms`, `30s`, `5m`, `24h` */
export const DURATION = /^\d+(ms|s|m|h)$/

/** Bytes of a text that matches {@link SIZE}. */
export const parseSize = (text: string): number => parse(text, SIZES)

/** Milliseconds of a text that matches {@link DURATION}. */
export const parseDuration = (text: string): number => parse(text, DURATIONS)

/** The shortest text for a number of bytes: `4MiB`, `1000`. */
export const formatSize = (bytes: number): string => format(bytes, SIZES, '')

/** The shortest text for a number of milliseconds: `24h`, `90s`, `0s`. */
export const formatDuration = (milliseconds: number): string => format(milliseconds, DURATIONS, 's')

type Units = readonly (readonly [unit: string, factor: number])[]

function parse(text: string, units: Units): number {
  const amount = Number.parseInt(text, 10)
  const suffix = text.replace(/^\d+/, '')
  return amount * (units.find(([unit]) => unit === suffix)?.[1] ?? 1)
}

function format(value: number, units: Units, unitOfZero: string): string {
  const largest = value === 0 ? undefined : units.find(([, factor]) => value % factor === 0)
  return largest ? `${value / largest[1]}${largest[0]}` : `${value}${unitOfZero}`
}
