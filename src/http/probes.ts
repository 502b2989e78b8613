import type { RouterContext } from '@koa/router'
import type { Index } from '../../storage/index.ts'
import { sendJson } from './answers.ts'

/** Is the process alive; should it get requests. */
export class Probes {
  readonly #index: Index
  readonly #draining: () => boolean

  constructor(index: Index, draining: () => boolean) {
    this.#index = index
    this.#draining = draining
  }

  readonly live = async (ctx: RouterContext): Promise<void> => {
    sendJson(ctx, { status: 'alive' })
  }

  readonly ready = async (ctx: RouterContext): Promise<void> => {
    const reason = this.#draining() ? 'the registry is shutting down' : this.#index.health.reason
    sendJson(ctx, reason === undefined ? { status: 'ready' } : { status: 'not ready', reason })
    if (reason !== undefined) ctx.status = 503
  }
}
