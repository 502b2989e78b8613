import type { Call, Command } from './command.ts'
import { findCommand } from './find-command.ts'
import { formatHelp, helpCommand } from './help.ts'
import { parseCall } from './parse.ts'

/**
 * Runs one command line, without the name of the program. The first command is the default.
 * @returns the exit code
 * @throws UsageError, and the errors of the command
 */
export async function run(
  words: readonly string[],
  commands: readonly [Command, ...Command[]],
  print: Call['print'],
): Promise<number> {
  const [command, rest] = selectCommand(words, [...commands, helpCommand(commands)])
  const call = { ...parseCall(command, rest), print }
  if (call.options['help'] !== true) return command.run(call)
  print(formatHelp(command))
  return 0
}

function selectCommand(
  words: readonly string[],
  commands: readonly [Command, ...Command[]],
): readonly [Command, readonly string[]] {
  const [first = '', ...rest] = words
  const alias = ALIASES[first]
  if (alias !== undefined) return findCommand(commands, [alias, ...rest])
  const isDefault = words.length === 0 || first.startsWith('-') || isFile(first)
  return isDefault ? [commands[0], words] : findCommand(commands, words)
}

const ALIASES: Partial<Record<string, string>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
}

/** Containers are often started with nothing but a configuration file. */
const isFile = (word: string) => word.includes('/') || /\.(ya?ml|json)$/.test(word)
