import { UsageError, type Options } from './command.ts'

/** The text of a flag; undefined where it was not given. */
export function textOf(options: Options, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** Throws UsageError where it was not given, or empty. */
export function requiredText(options: Options, name: string, meaning: string): string {
  const value = textOf(options, name)
  if (value) return value
  throw new UsageError(`--${name} is missing: ${meaning}`)
}

/** The items of a flag that takes several: given more than once, divided by commas, or both. */
export function itemsOf(options: Options, name: string): string[] {
  return [options[name] ?? []]
    .flat()
    .flatMap((value) => String(value).split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
