import type { IncomingMessage } from 'node:http'
import type { Whoami } from '../../api/whoami.ts'
import type { Authorizer } from '../../auth/authorizer.ts'
import { sendJson } from '../answers.ts'
import { requestState } from '../request-state.ts'
import type { Handler } from '../route.ts'

/** The caller's account, and whether there is anything to sign in for. */
export function whoami(
  authorizer: Pick<Authorizer, 'open' | 'anonymousPull'>,
  baseOf: (request: IncomingMessage) => string,
): Handler {
  return async (ctx) => {
    const { account } = requestState(ctx)
    sendJson(ctx, {
      ...(account !== undefined && { account }),
      open: authorizer.open,
      anonymousPull: authorizer.anonymousPull,
      registry: new URL(baseOf(ctx.req)).host,
    } satisfies Whoami)
    ctx.set('Cache-Control', 'no-store')
  }
}
