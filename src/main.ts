import { CommandError } from './cli/command.ts'
import { COMMANDS } from './cli/commands.ts'
import { formatError } from './cli/format-error.ts'
import { run } from './cli/run.ts'
import { terminalText } from './cli/terminal-text.ts'
import { serveCommand } from './serve.ts'

try {
  process.exitCode = await run(process.argv.slice(2), [serveCommand, ...COMMANDS], (text) =>
    process.stdout.write(text),
  )
} catch (error) {
  process.stderr.write(`wasmoor: ${terminalText(formatError(error), { lines: true })}\n`)
  process.exit(error instanceof CommandError ? error.exitCode : 1)
}
