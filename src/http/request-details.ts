import type { RouterContext } from '@koa/router'
import type { RegistryError } from '../oci/errors.ts'
import type { RequestDetails } from '../oci/observer.ts'
import { receivedBytes } from './body.ts'
import type { AccessDetails } from './observe.ts'

/** What steps and handlers leave behind for those who watch. */
interface Traces {
  account?: string
  /** The account that a wrong password was sent for. */
  claimed?: string
  /** A form had a password. */
  password?: boolean
  failure?: RegistryError
  operation?: Readonly<Record<string, unknown>>
}

export function accessDetails({ _matchedRouteName: route, state }: RouterContext): AccessDetails {
  const { account } = state as Traces
  return { route: route?.toString() ?? '-', ...(account !== undefined && { account }) }
}

export function requestDetails(ctx: RouterContext): RequestDetails {
  const { account, claimed, failure, operation, password = false } = ctx.state as Traces
  const { name, reference, digest } = (ctx.params ?? {}) as Partial<Record<string, string>>
  const told = ctx.res.getHeader('docker-content-digest')
  const authorization = ctx.req.headers.authorization ?? ''
  const isPassword = password || /^basic /i.test(authorization)
  const received = receivedBytes(ctx.req)
  return {
    ...(name !== undefined && { repository: name }),
    ...(reference !== undefined && { reference }),
    ...((digest ?? told) !== undefined && { digest: digest ?? String(told) }),
    ...(received > 0 && { received }),
    ...(failure && { failure }),
    ...((isPassword || authorization !== '') && {
      credentials: isPassword ? ('password' as const) : ('token' as const),
    }),
    ...(account === undefined && claimed !== undefined && { claimed }),
    ...(operation && { operation }),
  }
}
