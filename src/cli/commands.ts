import { backupCommand } from './backup.ts'
import type { Command } from './command.ts'
import { configCommand } from './config.ts'
import { garbageCollectCommand, gcCommand } from './gc.ts'
import { healthcheckCommand } from './healthcheck.ts'
import { importRegistryCommand } from './import-registry.ts'
import { inspectCommand } from './inspect.ts'
import { lintCommand } from './lint.ts'
import { scrubCommand } from './scrub.ts'
import { secretCommand } from './secret.ts'
import { snippetCommand } from './snippet.ts'
import { tokenCreateCommand } from './token-create.ts'
import { tokenListCommand } from './token-list.ts'
import { tokenRevokeCommand } from './token-revoke.ts'
import { versionCommand } from './version.ts'

/** Every command but `serve` and `help`, in the order of the help. */
export const COMMANDS: readonly Command[] = [
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
]
