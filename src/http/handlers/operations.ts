import {
  type BackupStatus,
  backupRequest,
  gcRequest,
  type GcStatus,
  type NotRunYet,
  type ScrubStatus,
} from '../../api/operations.ts'
import { KIB } from '../../base/sizes.ts'
import type { Backups } from '../../registry/backups.ts'
import type { Collector } from '../../registry/upkeep/collector.ts'
import type { Scrubber } from '../../registry/upkeep/scrubber.ts'
import { sendJson } from '../answers.ts'
import { readJson } from '../json-body.ts'
import type { Handler } from '../route.ts'

/*
 * Operations that an operator starts and that run on in the background. Each has a status: of the
 * running operation, else of the last one.
 */

const NOT_RUN_YET: NotRunYet = { state: 'none' }

export function startCollection(collector: Collector): Handler {
  return async (ctx) => {
    const options = { example: '{"dryRun":true}', limit: KIB, optional: true }
    const { dryRun } = await readJson(ctx, gcRequest, options)
    sendJson(ctx, collector.start(dryRun) satisfies GcStatus)
    ctx.status = 202
  }
}

export function collectionStatus(collector: Collector): Handler {
  return async (ctx) => {
    sendJson(ctx, (collector.status ?? NOT_RUN_YET) satisfies GcStatus | NotRunYet)
  }
}

export function startScrub(scrubber: Scrubber): Handler {
  return async (ctx) => {
    sendJson(ctx, (await scrubber.start()) satisfies ScrubStatus)
    ctx.status = 202
  }
}

export function scrubStatus(scrubber: Scrubber): Handler {
  return async (ctx) => {
    sendJson(ctx, (scrubber.status ?? NOT_RUN_YET) satisfies ScrubStatus | NotRunYet)
  }
}

export function startBackup(backups: Backups): Handler {
  return async (ctx) => {
    // An absolute path on the machine of the registry.
    const example = '{"directory":"/backups/today"}'
    const { directory } = await readJson(ctx, backupRequest, { example })
    sendJson(ctx, (await backups.start(directory)) satisfies BackupStatus)
    ctx.status = 202
  }
}

export function backupStatus(backups: Backups): Handler {
  return async (ctx) => {
    sendJson(ctx, (backups.status ?? NOT_RUN_YET) satisfies BackupStatus | NotRunYet)
  }
}
