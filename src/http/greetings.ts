import type { RouterContext } from '@koa/router'
import { sendJson } from './answers.ts'

/** end-1: distribution-spec v1.1, "Determining Support". */
export async function ping(ctx: RouterContext): Promise<void> {
  sendJson(ctx, {})
}
