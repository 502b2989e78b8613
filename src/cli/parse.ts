import { parseArgs } from 'node:util'
import { messageOf } from '../base/errno.ts'
import { keys, type Key } from '../config/keys.ts'
import { loadConfig } from '../config/load.ts'
import { nearest } from '../config/nearest.ts'
import { formatUnknown } from '../config/problems.ts'
import { CONFIG_FILE, UsageError, type Call, type Command } from './command.ts'

export type ParsedCall = Omit<Call, 'print'>

/**
 * Parses the words after the name of a command.
 * @throws UsageError
 */
export function parseCall(command: Command, words: readonly string[]): ParsedCall {
  const args = [...words]
  const options = optionsOf(command)
  assertKnown(command, args, options)
  const { values, positionals } = parseStrictly(command, () =>
    parseArgs({ args, options, allowPositionals: true }),
  )
  const extra = positionals[command.operands.length]
  if (extra !== undefined) throw usageError(command, `unexpected argument ${extra}`)
  const flags = new Map<string, string>()
  for (const { path, flag } of configKeysOf(command)) {
    const value = values[flag.slice(2)]
    if (typeof value === 'string') flags.set(path, value)
  }
  const file = positionals[command.operands.indexOf(CONFIG_FILE)]
  return {
    operands: positionals,
    options: values,
    loadConfig: (warn) => loadConfig({ file, flags }, warn),
  }
}

/** The configuration keys that a command takes as flags. */
export function configKeysOf({ options, usesConfig }: Command): readonly Key[] {
  return usesConfig ? keys.filter(({ flag }) => !(flag.slice(2) in options)) : []
}

/** The options of node:util's parseArgs. */
type ParserOptions = Record<
  string,
  { type: 'boolean' | 'string'; multiple?: boolean; short?: string }
>

function optionsOf(command: Command): ParserOptions {
  const known: ParserOptions = { help: { type: 'boolean', short: 'h' } }
  for (const { flag } of configKeysOf(command)) known[flag.slice(2)] = { type: 'string' }
  for (const [name, { type, multiple = false, short }] of Object.entries(command.options)) {
    known[name] = { type, multiple, ...(short !== undefined && { short }) }
  }
  return known
}

/** The error of parseArgs for an unknown flag cannot suggest the flag that was meant. */
function assertKnown(command: Command, args: string[], options: ParserOptions): void {
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name in options) continue
    const meant = nearest(token.name, Object.keys(options))
    throw usageError(
      command,
      formatUnknown(`flag ${token.rawName}`, meant === undefined ? meant : `--${meant}`),
    )
  }
}

function parseStrictly<Result>(command: Command, parse: () => Result): Result {
  try {
    return parse()
  } catch (error) {
    throw usageError(command, messageOf(error))
  }
}

function usageError(command: Command, message: string): UsageError {
  return new UsageError(`${message}\nSee: wasmoor help ${command.name}`)
}
