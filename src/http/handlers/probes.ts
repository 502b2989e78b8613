import type { RouterContext } from '@koa/router'
import { sendJson } from '../answers.ts'

export interface ProbeOptions {
  readonly draining: () => boolean
  /** Why the store takes no writes; undefined if it does. */
  readonly unwritable: () => Promise<string | undefined>
}

/** Is the process alive; should it get requests. */
export class Probes {
  readonly #options: ProbeOptions

  constructor(options: ProbeOptions) {
    this.#options = options
  }

  readonly live = async (ctx: RouterContext): Promise<void> => {
    sendJson(ctx, { status: 'alive' })
  }

  readonly ready = async (ctx: RouterContext): Promise<void> => {
    const reason = await this.unready()
    sendJson(ctx, reason === undefined ? { status: 'ready' } : { status: 'not ready', reason })
    if (reason !== undefined) ctx.status = 503
  }

  /** Why it should get no requests; undefined if it should. */
  async unready(): Promise<string | undefined> {
    const { draining, unwritable } = this.#options
    return draining() ? 'the registry is shutting down' : unwritable()
  }
}
