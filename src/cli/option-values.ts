import { UsageError, type Options } from './command.ts'

/** The text of a flag; undefined if it was not given. */
export function textOf(options: Options, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** @throws UsageError if the flag was not given, or is empty */
export function requiredText(options: Options, name: string, description: string): string {
  const value = textOf(options, name)
  if (value) return value
  throw new UsageError(`missing --${name}: ${description}`)
}

/** The items of a flag that may be given more than once, with items separated by commas. */
export function itemsOf(options: Options, name: string): string[] {
  return [options[name] ?? []]
    .flat()
    .flatMap((value) => String(value).split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
