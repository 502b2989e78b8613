import type { Command } from './command.ts'
import { findCommand } from './find-command.ts'
import { configurationOf } from './parse.ts'

/** `wasmoor help [command]` for the commands given and itself. */
export function helpCommand(others: readonly Command[]): Command {
  const help: Command = {
    name: 'help',
    summary: 'Says what a command does',
    operands: ['[command]', '[subcommand]'],
    options: {},
    configured: false,
    async run({ operands, print }) {
      const commands = [...others, help]
      print(operands.length === 0 ? overview(commands) : helpOf(findCommand(commands, operands)[0]))
      return 0
    },
  }
  return help
}

/** Everything one command takes. */
export function helpOf(command: Command): string {
  const { name, summary, operands, options, configured } = command
  const own = Object.entries(options).map(([flag, { meaning }]) => [`--${flag}`, meaning] as const)
  const configuration = configurationOf(command).map((key) => {
    const fallback = key.default && ` (default ${key.default})`
    return [key.flag, `${key.meaning} It takes ${key.allowed}${fallback}.`] as const
  })
  return lines(
    `${usage(name, operands)} [flags]`,
    '',
    `${summary}.`,
    ...(own.length > 0 ? ['', ...list(own)] : []),
    ...(configured ? ['', 'Configuration:', ...list(configuration)] : []),
  )
}

function overview(commands: readonly Command[]): string {
  const [fallback] = commands
  return lines(
    'Wasmoor, the OCI registry for WebAssembly',
    '',
    ...list(
      commands.map(({ name, operands, summary }) => [usage(name, operands), summary] as const),
    ),
    '',
    `Without a command: ${fallback?.name ?? 'help'}. Flags of a command: wasmoor help <command>.`,
  )
}

const usage = (name: string, operands: readonly string[]) =>
  ['wasmoor', name, ...operands].join(' ')

const lines = (...texts: string[]) => `${texts.join('\n')}\n`

/** Terms in one column, their meanings beside them, wrapped at 100 characters. */
function list(rows: readonly (readonly [term: string, meaning: string])[]): string[] {
  const indent = Math.max(...rows.map(([term]) => term.length)) + 4
  return rows.flatMap(([term, meaning]) => {
    const [first = '', ...more] = wrap(meaning, 100 - indent)
    return [`  ${term}`.padEnd(indent) + first, ...more.map((line) => ' '.repeat(indent) + line)]
  })
}

function wrap(text: string, width: number): string[] {
  return text.match(new RegExp(`.{1,${width}}(?= |$)`, 'g'))?.map((line) => line.trimStart()) ?? []
}
