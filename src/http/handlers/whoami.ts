import type { IncomingMessage } from 'node:http'
import type { RouterContext } from '@koa/router'
import type { Whoami } from '../../api/whoami.ts'
import type { Authorizer } from '../../auth/authorizer.ts'
import { sendJson } from '../answers.ts'

/** Who the caller is here, and whether there is anything to log in for. */
export function session(
  authorizer: Pick<Authorizer, 'open' | 'anonymousPull'>,
  baseOf: (request: IncomingMessage) => string,
): (ctx: RouterContext) => Promise<void> {
  return async (ctx) => {
    const account = ctx.state['account'] as string | undefined
    sendJson(ctx, {
      ...(account !== undefined && { account }),
      open: authorizer.open,
      anonymousPull: authorizer.anonymousPull,
      registry: new URL(baseOf(ctx.req)).host,
    } satisfies Whoami)
    ctx.set('Cache-Control', 'no-store')
  }
}
