import type { RouterContext } from '@koa/router'
import * as z from 'zod'
import { RegistryError } from '../../oci/errors.ts'
import type { Collector } from '../../registry/upkeep/collector.ts'
import type { Scrubber } from '../../registry/upkeep/scrubber.ts'
import { sendJson } from '../answers.ts'
import { readWhole } from '../body.ts'

const LONGEST_REQUEST = 1024

const request = z.strictObject({ dryRun: z.boolean().default(false) })

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
    sendJson(ctx, this.#collector.start(dryRun))
    ctx.status = 202
  }

  /** The one that runs, or the last one. */
  readonly collection = async (ctx: RouterContext): Promise<void> => {
    sendJson(ctx, this.#collector.status ?? { state: 'none' })
  }

  readonly startScrub = async (ctx: RouterContext): Promise<void> => {
    sendJson(ctx, await this.#scrubber.start())
    ctx.status = 202
  }

  /** The one that runs, or the last one. */
  readonly scrub = async (ctx: RouterContext): Promise<void> => {
    sendJson(ctx, this.#scrubber.status ?? { state: 'none' })
  }
}

function readRequest(bytes: Uint8Array): z.infer<typeof request> {
  try {
    return request.parse(bytes.byteLength === 0 ? {} : JSON.parse(Buffer.from(bytes).toString()))
  } catch (cause) {
    throw new RegistryError('REQUEST_INVALID', 'send nothing, or JSON such as {"dryRun":true}', {
      cause,
    })
  }
}
