import { nearest } from '../config/nearest.ts'
import { formatUnknown } from '../config/problems.ts'
import { UsageError, type Command } from './command.ts'

/**
 * The command whose name the first one or two words are, and the words after it.
 * @throws UsageError
 */
export function findCommand(
  commands: readonly Command[],
  words: readonly string[],
): readonly [Command, readonly string[]] {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ')
    const command = commands.find((candidate) => candidate.name === name)
    if (command) return [command, words.slice(length)]
  }
  throw new UsageError(`${formatNotFound(commands, words)}\nSee: wasmoor help`)
}

function formatNotFound(
  commands: readonly Command[],
  [first = '', second]: readonly string[],
): string {
  const names = commands.map(({ name }) => name)
  const subcommands = names.filter((name) => name.startsWith(`${first} `))
  if (subcommands.length === 0) return formatUnknown(`command ${first}`, nearest(first, names))
  if (second === undefined) return `missing subcommand: use ${subcommands.join(', ')}`
  const name = `${first} ${second}`
  return formatUnknown(`command ${name}`, nearest(name, subcommands))
}
