import type { RouterContext } from '@koa/router'
import type { RegistryError } from '../oci/errors.ts'
import type { RequestDetails } from '../observability/request-observer.ts'
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
  client?: string
  particulars?: Readonly<Record<string, unknown>>
}

export function accessDetails({ _matchedRouteName: route, state }: RouterContext): AccessDetails {
  const { account } = state as Traces
  return { route: route?.toString() ?? '-', ...(account !== undefined && { account }) }
}

export function requestDetails({ req, res, params, state }: RouterContext): RequestDetails {
  const { account, claimed, client, failure, particulars, password } = state as Traces
  const { name, reference, digest } = (params ?? {}) as Partial<Record<string, string>>
  return {
    repository: name,
    reference,
    digest: digest ?? res.getHeader('docker-content-digest')?.toString(),
    received: receivedBytes(req),
    failure,
    credentials: password ? 'password' : credentialsIn(req.headers.authorization),
    attemptedUser: account === undefined ? claimed : undefined,
    ...(client !== undefined && { client }),
    auditDetails: particulars,
  }
}

function credentialsIn(authorization: string | undefined): RequestDetails['credentials'] {
  if (authorization === undefined || authorization === '') return undefined
  return /^basic /i.test(authorization) ? 'password' : 'token'
}
