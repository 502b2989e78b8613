import { backupCommand } from './cli/backup.ts'
import { CommandError } from './cli/command.ts'
import { configCommand } from './cli/config.ts'
import { explain } from './cli/explain.ts'
import { garbageCollectCommand, gcCommand } from './cli/gc.ts'
import { healthcheckCommand } from './cli/healthcheck.ts'
import { importRegistryCommand } from './cli/import-registry.ts'
import { inspectCommand } from './cli/inspect.ts'
import { lintCommand } from './cli/lint.ts'
import { run } from './cli/run.ts'
import { scrubCommand } from './cli/scrub.ts'
import { secretCommand } from './cli/secret.ts'
import { snippetCommand } from './cli/snippet.ts'
import { tokenCreateCommand } from './cli/token-create.ts'
import { tokenListCommand } from './cli/token-list.ts'
import { tokenRevokeCommand } from './cli/token-revoke.ts'
import { versionCommand } from './cli/version.ts'
import { serveCommand } from './serve.ts'

try {
  process.exitCode = await run(
    process.argv.slice(2),
    [
      serveCommand,
      inspectCommand,
      lintCommand,
      snippetCommand,
      secretCommand,
      tokenCreateCommand,
      tokenListCommand,
      tokenRevokeCommand,
      gcCommand,
      garbageCollectCommand,
      scrubCommand,
      backupCommand,
      importRegistryCommand,
      configCommand,
      healthcheckCommand,
      versionCommand,
    ],
    (text) => process.stdout.write(text),
  )
} catch (error) {
  process.stderr.write(`wasmoor: ${explain(error)}\n`)
  process.exit(error instanceof CommandError ? error.exitCode : 1)
}
