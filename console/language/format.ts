/** Numbers, sizes and times in the words of a language. */
export class Formats {
  readonly language: string
  readonly #number: Intl.NumberFormat
  readonly #plural: Intl.PluralRules
  readonly #date: Intl.DateTimeFormat
  readonly #relative: Intl.RelativeTimeFormat

  constructor(language: string) {
    this.language = language
    this.#number = new Intl.NumberFormat(language)
    this.#plural = new Intl.PluralRules(language)
    this.#date = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
    this.#relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  }

  number(value: number): string {
    return this.#number.format(value)
  }

  /** `{n}` of the form that the number takes. */
  count(forms: Plural, n: number): string {
    const form = this.#plural.select(n) === 'one' ? forms.one : forms.other
    return fill(form, { n: this.number(n) })
  }

  /** In decimal units, as downloads are: 1 kB is 1000 bytes. */
  size(bytes: number): string {
    const unit = UNITS.findLast(({ from }) => bytes >= from) ?? UNITS[0]
    return new Intl.NumberFormat(this.language, {
      style: 'unit',
      unit: unit.unit,
      unitDisplay: unit.from === 1 ? 'long' : 'short',
      maximumFractionDigits: bytes / unit.from < 10 && unit.from > 1 ? 1 : 0,
    }).format(bytes / unit.from)
  }

  date(time: number): string {
    return this.#date.format(time)
  }

  /** How long ago. */
  ago(time: number, now: number): string {
    const seconds = Math.round((time - now) / 1000)
    const step = STEPS.find(({ below }) => Math.abs(seconds) < below) ?? STEPS.at(-1)!
    return this.#relative.format(Math.trunc(seconds / step.seconds), step.unit)
  }
}

export interface Plural {
  readonly one: string
  readonly other: string
}

const UNITS = [
  { unit: 'byte', from: 1 },
  { unit: 'kilobyte', from: 1e3 },
  { unit: 'megabyte', from: 1e6 },
  { unit: 'gigabyte', from: 1e9 },
  { unit: 'terabyte', from: 1e12 },
] as const

const STEPS = [
  { unit: 'second', seconds: 1, below: 60 },
  { unit: 'minute', seconds: 60, below: 3600 },
  { unit: 'hour', seconds: 3600, below: 86_400 },
  { unit: 'day', seconds: 86_400, below: 30 * 86_400 },
  { unit: 'month', seconds: 30 * 86_400, below: 365 * 86_400 },
  { unit: 'year', seconds: 365 * 86_400, below: Number.POSITIVE_INFINITY },
] as const

/** Puts values where the text has `{name}`. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
