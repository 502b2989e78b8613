import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RouterContext } from '@koa/router'
import type { Log } from '../base/log.ts'
import type {
  RequestDetails,
  RequestObserver,
  RouteEvent,
} from '../observability/request-observer.ts'
import { receivedBytes } from './body.ts'
import { requestState } from './request-state.ts'

const REQUEST_ID = /^[\w.:-]{1,128}$/
const LONGEST = 512

/** `X-Request-Id` as the client sent it, if it is harmless, or a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
}

/** Fields of the line in the access log that are known once the request was handled. */
export interface AccessDetails {
  readonly route: string
  readonly account?: string
  /** Bytes of the body, if the headers of the answer do not give them. */
  readonly bytes?: number
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Request id. */
  readonly id: string
}

const NOTHING: RequestDetails = {}

/** Calls the observer once the answer is sent or the client has left. */
export function observeAnswer(
  observer: RequestObserver,
  { request, response, id }: Exchange,
  details: () => AccessDetails,
  more: () => RequestDetails = () => NOTHING,
): void {
  const started = performance.now()
  // A later step may rewrite it.
  const { url = '' } = request
  response.once('close', () => {
    observer.answered(
      {
        requestId: id,
        remote: request.socket.remoteAddress,
        method: request.method,
        url: pathOf(url).slice(0, LONGEST),
        bytes: Number(response.getHeader('content-length') ?? 0),
        ...details(),
        ...(request.method === 'HEAD' && { bytes: 0 }),
        status: response.statusCode,
        milliseconds: Math.round((performance.now() - started) * 1000) / 1000,
        userAgent: request.headers['user-agent']?.slice(0, LONGEST),
        ...(!response.writableFinished && { aborted: true }),
      },
      more(),
    )
  })
}

/** Writes a line of the access log for each request. */
export function accessLog(log: Log): RequestObserver {
  return { answered: (request) => log.info(request, 'request') }
}

/** An observer that calls several others in this order. */
export function observers(...some: readonly (RequestObserver | undefined)[]): RequestObserver {
  const all = some.filter((observer) => observer !== undefined)
  return {
    answered(request, details) {
      for (const observer of all) observer.answered(request, details)
    },
  }
}

/**
 * The path and query of a target. The rest of an absolute one may have a password and be longer
 * than the line: `http://user:password@host/path`.
 */
function pathOf(target: string): string {
  return target.startsWith('/') ? target : target.replace(/^[^/?#]*\/\/[^/?#]*/, '')
}

/** The fields of the line in the access log that the steps and the handler have found out. */
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
