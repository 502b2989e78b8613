import type { RouterContext } from '@koa/router'
import type { RequestDetails, RouteEvent } from '../observability/request-observer.ts'
import { receivedBytes } from './body.ts'
import type { AccessDetails } from './observe.ts'
import { requestState } from './request-state.ts'

export function accessDetails(ctx: RouterContext): AccessDetails {
  const { account } = requestState(ctx)
  return {
    route: ctx._matchedRouteName?.toString() ?? '-',
    ...(account !== undefined && { account }),
  }
}

/** @param event the event of the matched route */
export function requestDetails(ctx: RouterContext, event: RouteEvent | undefined): RequestDetails {
  const { req, res, params } = ctx
  const state = requestState(ctx)
  const { account, attemptedUser, client, failure, auditDetails, passwordInForm } = state
  const { name, reference, digest } = (params ?? {}) as Partial<Record<string, string>>
  return {
    event,
    repository: name,
    reference,
    digest: digest ?? res.getHeader('docker-content-digest')?.toString(),
    received: receivedBytes(req),
    failure,
    credentials: passwordInForm ? 'password' : credentialsIn(req.headers.authorization),
    attemptedUser: account === undefined ? attemptedUser : undefined,
    client,
    auditDetails,
  }
}

function credentialsIn(authorization: string | undefined): RequestDetails['credentials'] {
  if (authorization === undefined || authorization === '') return undefined
  return /^basic /i.test(authorization) ? 'password' : 'token'
}
