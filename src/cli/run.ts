import type { Call, Command } from './command.ts'
import { findCommand } from './find-command.ts'
import { helpCommand, helpOf } from './help.ts'
import { parse } from './parse.ts'

/**
 * Runs one command line, without the name of the program, and gives the exit code. The first command is the default.
 * Throws UsageError, and whatever the command throws.
 */
export async function run(
  words: readonly string[],
  commands: readonly [Command, ...Command[]],
  print: Call['print'],
): Promise<number> {
  const [command, rest] = choose(words, [...commands, helpCommand(commands)])
  const call = { ...parse(command, rest), print }
  if (call.options['help'] !== true) return command.run(call)
  print(helpOf(command))
  return 0
}

function choose(
  words: readonly string[],
  commands: readonly [Command, ...Command[]],
): readonly [Command, readonly string[]] {
  const [first = '', ...rest] = words
  const spelled = SPELLINGS[first]
  if (spelled !== undefined) return findCommand(commands, [spelled, ...rest])
  const isDefault = words.length === 0 || first.startsWith('-') || isFile(first)
  return isDefault ? [commands[0], words] : findCommand(commands, words)
}

const SPELLINGS: Partial<Record<string, string>> = {
  '--help': 'help',
  '-h': 'help',
  '--version': 'version',
}

/** Containers are often started with nothing but a configuration file. */
const isFile = (word: string) => word.includes('/') || /\.(ya?ml|json)$/.test(word)
