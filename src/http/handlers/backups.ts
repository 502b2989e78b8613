import type { RouterContext } from '@koa/router'
import type * as z from 'zod'
import { backupRequest, type BackupStatus, type NotRunYet } from '../../api/operations.ts'
import { RegistryError } from '../../oci/errors.ts'
import type { Backups } from '../../registry/backups.ts'
import { sendJson } from '../answers.ts'
import { readWhole } from '../body.ts'

const LONGEST_REQUEST = 64 * 1024

/** Backups: begun by operators, and watched while they go on. */
export class BackupHandlers {
  readonly #backups: Backups

  constructor(backups: Backups) {
    this.#backups = backups
  }

  readonly start = async (ctx: RouterContext): Promise<void> => {
    const { directory } = readRequest(await readWhole(ctx, LONGEST_REQUEST))
    sendJson(ctx, (await this.#backups.start(directory)) satisfies BackupStatus)
    ctx.status = 202
  }

  /** The one that runs, or the last one since the server was started. */
  readonly status = async (ctx: RouterContext): Promise<void> => {
    sendJson(ctx, (this.#backups.status ?? { state: 'none' }) satisfies BackupStatus | NotRunYet)
  }
}

function readRequest(bytes: Uint8Array): z.infer<typeof backupRequest> {
  try {
    return backupRequest.parse(JSON.parse(Buffer.from(bytes).toString()))
  } catch (cause) {
    throw new RegistryError(
      'REQUEST_INVALID',
      'send JSON such as {"directory":"/backups/today"}: an absolute path on the machine of the registry',
      { cause },
    )
  }
}
