import { parseArgs } from 'node:util'
import { messageOf } from '../base/errno.ts'
import { keys, type Key } from '../config/keys.ts'
import { loadConfig } from '../config/load.ts'
import { nearest } from '../config/nearest.ts'
import { unknown } from '../config/problems.ts'
import { CONFIG_FILE, UsageError, type Call, type Command } from './command.ts'

export type Parsed = Omit<Call, 'print'>

/** Takes apart what follows the name of a command. Throws UsageError. */
export function parse(command: Command, words: readonly string[]): Parsed {
  const args = [...words]
  const options = optionsOf(command)
  refuseUnknown(command, args, options)
  const { values, positionals } = strictly(command, () =>
    parseArgs({ args, options, allowPositionals: true }),
  )
  const extra = positionals[command.operands.length]
  if (extra !== undefined) throw misuse(command, `unexpected argument ${extra}`)
  const flags = new Map<string, string>()
  for (const { path, flag } of configurationOf(command)) {
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

/** The keys of the configuration that a command takes as flags. */
export function configurationOf({ options, configured }: Command): readonly Key[] {
  return configured ? keys.filter(({ flag }) => !(flag.slice(2) in options)) : []
}

type Known = Record<string, { type: 'boolean' | 'string'; multiple?: boolean; short?: string }>

function optionsOf(command: Command): Known {
  const known: Known = { help: { type: 'boolean', short: 'h' } }
  for (const { flag } of configurationOf(command)) known[flag.slice(2)] = { type: 'string' }
  for (const [name, { type, multiple = false, short }] of Object.entries(command.options)) {
    known[name] = { type, multiple, ...(short !== undefined && { short }) }
  }
  return known
}

/** Node's own refusal of an unknown flag cannot say which one was meant. */
function refuseUnknown(command: Command, args: string[], options: Known): void {
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true })
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name in options) continue
    const meant = nearest(token.name, Object.keys(options))
    throw misuse(
      command,
      unknown(`flag ${token.rawName}`, meant === undefined ? meant : `--${meant}`),
    )
  }
}

function strictly<Result>(command: Command, parsing: () => Result): Result {
  try {
    return parsing()
  } catch (error) {
    throw misuse(command, messageOf(error))
  }
}

function misuse(command: Command, what: string): UsageError {
  return new UsageError(`${what}\nSee: wasmoor help ${command.name}`)
}
