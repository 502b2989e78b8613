import { sendJson } from '../answers.ts'
import type { Handler } from '../route.ts'

/** The reason why the process should get no requests; undefined if it should get them. */
export type Unready = () => Promise<string | undefined>

/** `/livez`: the process is alive if it answers. */
export const live: Handler = async (ctx) => {
  sendJson(ctx, { status: 'alive' })
}

/** `/readyz`: whether the process should get requests; 503 if not. */
export function ready(unready: Unready): Handler {
  return async (ctx) => {
    const reason = await unready()
    sendJson(ctx, reason === undefined ? { status: 'ready' } : { status: 'not ready', reason })
    if (reason !== undefined) ctx.status = 503
  }
}
