import type { RouterContext } from '@koa/router'
import { sendJson, sendText } from './answers.ts'

/** end-1: distribution-spec v1.1, "Determining Support". */
export async function ping(ctx: RouterContext): Promise<void> {
  sendJson(ctx, {})
}

/** Some ask here whether a registry answers at all. */
export async function home(ctx: RouterContext): Promise<void> {
  sendText(ctx, 'Wasmoor, an OCI registry: its API begins at /v2/\n')
  ctx.set('Docker-Distribution-Api-Version', 'registry/2.0')
}
