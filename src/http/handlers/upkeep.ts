import type { RouterContext } from '@koa/router'
import type * as z from 'zod'
import { gcRequest, type GcStatus, type NotRunYet, type ScrubStatus } from '../../api/operations.ts'
import { RegistryError } from '../../oci/errors.ts'
import type { Collector } from '../../registry/upkeep/collector.ts'
import type { Scrubber } from '../../registry/upkeep/scrubber.ts'
import { sendJson } from '../answers.ts'
import { readWhole } from '../body.ts'

const LONGEST_REQUEST = 1024

/** Collection and scrub: begun by operators, and watched while they go on. */
export class UpkeepHandlers {
  readonly #collector: Collector
  readonly #scrubber: Scrubber

  constructor(collector: Collector, scrubber: Scrubber) {
    this.#collector = collector
    this.#scrubber = scrubber
  }

  readonly startCollection = async (ctx: RouterContext): Promise<void> => {
    const { dryRun } = readRequest(await readWhole(ctx, LONGEST_REQUEST))
    sendJson(ctx, this.#collector.start(dryRun) satisfies GcStatus)
    ctx.status = 202
  }

  /** The one that runs, or the last one. */
  readonly collection = async (ctx: RouterContext): Promise<void> => {
    sendJson(ctx, (this.#collector.status ?? { state: 'none' }) satisfies GcStatus | NotRunYet)
  }

  readonly startScrub = async (ctx: RouterContext): Promise<void> => {
    sendJson(ctx, (await this.#scrubber.start()) satisfies ScrubStatus)
    ctx.status = 202
  }

  /** The one that runs, or the last one. */
  readonly scrub = async (ctx: RouterContext): Promise<void> => {
    sendJson(ctx, (this.#scrubber.status ?? { state: 'none' }) satisfies ScrubStatus | NotRunYet)
  }
}

function readRequest(bytes: Uint8Array): z.infer<typeof gcRequest> {
  try {
    return gcRequest.parse(bytes.byteLength === 0 ? {} : JSON.parse(Buffer.from(bytes).toString()))
  } catch (cause) {
    throw new RegistryError('REQUEST_INVALID', 'send nothing, or JSON such as {"dryRun":true}', {
      cause,
    })
  }
}
