import type { Key } from '../config/keys.ts'
import { type Command, CONFIG_FILE, type Option } from './command.ts'
import { findCommand } from './find-command.ts'
import { configKeysOf } from './parse.ts'

/** Columns of a terminal. */
const WIDTH = 100
/** A longer term has its description on the next lines. */
const LONGEST_TERM = 32

/** `wasmoor help [command]` for these commands and itself. */
export function helpCommand(others: readonly Command[]): Command {
  const help: Command = {
    name: 'help',
    summary: 'Prints the commands, or the arguments and flags of a command',
    operands: ['[command]', '[subcommand]'],
    options: {},
    usesConfig: false,
    async run({ operands, print }) {
      const commands = [...others, help]
      const isOverview = operands.length === 0
      print(isOverview ? formatOverview(commands) : formatHelp(findCommand(commands, operands)[0]))
      return 0
    },
  }
  return help
}

/** The arguments and flags of one command. */
export function formatHelp(command: Command): string {
  const { name, summary, operands, options, usesConfig } = command
  const flags = Object.entries(options).map(formatFlag)
  const keys = configKeysOf(command).map(formatKey)
  return joinLines(
    `${formatUsage(name, operands)} [flags]`,
    '',
    `${summary}.`,
    ...(flags.length > 0 ? ['', 'Flags:', ...formatList(flags)] : []),
    ...(usesConfig ? ['', 'Configuration flags:', ...formatList(keys)] : []),
  )
}

function formatOverview(commands: readonly Command[]): string {
  const [standard] = commands
  return joinLines(
    'Wasmoor, the OCI registry for WebAssembly',
    '',
    ...formatList(
      commands.map(({ name, operands, summary }) => {
        const own = operands.filter((operand) => operand !== CONFIG_FILE)
        return [formatUsage(name, own), summary]
      }),
    ),
    '',
    `Default command: ${standard?.name ?? 'help'}. Flags of a command: wasmoor help <command>`,
  )
}

/** A term, and the text beside it. */
type Row = readonly [term: string, description: string]

function formatFlag([name, { type, short, description }]: [string, Option]): Row {
  const spellings = [...(short === undefined ? [] : [`-${short}`]), `--${name}`]
  return [`${spellings.join(', ')}${type === 'string' ? ' VALUE' : ''}`, description]
}

function formatKey({ flag, placeholder, description, default: standard }: Key): Row {
  const isSet = !['', 'null', '[]', '{}'].includes(standard)
  return [`${flag} ${placeholder}`, `${description}${isSet ? ` Default: ${standard}` : ''}`]
}

function formatUsage(name: string, operands: readonly string[]): string {
  return ['wasmoor', name, ...operands].join(' ')
}

function joinLines(...lines: string[]): string {
  return `${lines.join('\n')}\n`
}

/** Terms in one column, their descriptions beside them. */
function formatList(rows: readonly Row[]): string[] {
  const lengths = rows.map(([term]) => term.length).filter((length) => length <= LONGEST_TERM)
  const indent = Math.max(...lengths) + 4
  return rows.flatMap(([term, description]) => {
    const lines = wrap(description, WIDTH - indent).map((line) => ' '.repeat(indent) + line)
    if (term.length > LONGEST_TERM) return [`  ${term}`, ...lines]
    const [first = '', ...more] = lines
    return [`  ${term}`.padEnd(indent) + first.slice(indent), ...more]
  })
}

function wrap(text: string, width: number): string[] {
  return text.match(new RegExp(`.{1,${width}}(?= |$)`, 'g'))?.map((line) => line.trimStart()) ?? []
}
