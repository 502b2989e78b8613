import { nearest } from '../config/nearest.ts'
import { unknown } from '../config/problems.ts'
import { UsageError, type Command } from './command.ts'

/** The command that the first words name, one or two of them, and the words after it. Throws UsageError. */
export function findCommand(
  commands: readonly Command[],
  words: readonly string[],
): readonly [Command, readonly string[]] {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ')
    const command = commands.find((candidate) => candidate.name === name)
    if (command) return [command, words.slice(length)]
  }
  throw new UsageError(`${whatIsWrong(commands, words)}\nSee: wasmoor help`)
}

function whatIsWrong(commands: readonly Command[], [first = '', second]: readonly string[]) {
  const below = commands.map(({ name }) => name).filter((name) => name.startsWith(`${first} `))
  if (below.length === 0) {
    return unknown(
      `command ${first}`,
      nearest(
        first,
        commands.map(({ name }) => name),
      ),
    )
  }
  if (second === undefined) return `${first} alone is no command: say ${below.join(', ')}`
  return unknown(`command ${first} ${second}`, nearest(`${first} ${second}`, below))
}
