import { parseCall } from '../../../src/cli/parse.ts'
import type { Command } from '../../../src/cli/command.ts'

/** The output of a command line, and its exit code. */
export async function printedBy(
  command: Command,
  ...words: string[]
): Promise<{ code: number; text: string }> {
  let text = ''
  const code = await command.run({ ...parseCall(command, words), print: (more) => (text += more) })
  return { code, text }
}
