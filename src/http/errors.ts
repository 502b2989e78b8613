import { escapeCharacters } from '../base/control-characters.ts'
import type { Context, Next } from 'koa'
import { FAILURES, RegistryError } from '../oci/errors.ts'
import type { Failure, FailureBody } from '../api/failure.ts'
import type { Log } from '../base/log.ts'
import { closeIfUnread } from './body.ts'
import { requestState } from './request-state.ts'

/** oras and others read only the first 8 KiB of an error. */
const LONGEST_MESSAGE = 2048
const LONGEST_DETAIL = 4096

/** Middleware that turns every error of a later step into an answer: `{"errors":[…]}`. */
export function errors(log: Log): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      writeFailure(ctx, asFailure(error, ctx, log))
    }
  }
}

function asFailure(error: unknown, ctx: Context, log: Log): RegistryError {
  const { requestId } = requestState(ctx)
  if (error instanceof RegistryError) {
    if (error.status >= 500) log.error({ err: error.cause ?? error, requestId }, error.message)
    return error
  }
  if (ctx.req.destroyed || ctx.req.errored) {
    // The client closed the connection in the middle of its request, so nobody reads this answer.
    log.debug({ err: error, requestId }, 'the client closed the connection during its request')
    return new RegistryError('REQUEST_INVALID', 'the request broke off')
  }
  log.error({ err: error, requestId }, 'unexpected error')
  return new RegistryError(
    'INTERNAL',
    `internal error; the log has more under request id ${requestId}`,
  )
}

function writeFailure(ctx: Context, failure: RegistryError): void {
  requestState(ctx).failure = failure
  ctx.body = failureBody(failure)
  ctx.status = failure.status
  ctx.set('Content-Type', 'application/json')
  for (const [name, value] of Object.entries(failure.headers)) ctx.set(name, value)
  closeIfUnread(ctx)
}

/** The envelope of distribution-spec v1.1, "Error Codes": printable ASCII, below 8 KiB. */
export function failureBody({ failure, message, detail }: RegistryError): Buffer {
  const [, code] = FAILURES[failure]
  const error: Failure = {
    code,
    message: message.slice(0, LONGEST_MESSAGE),
    ...(detail !== undefined && { detail }),
  }
  const text = asciiJson({ errors: [error] })
  if (text.length <= LONGEST_MESSAGE + LONGEST_DETAIL) return Buffer.from(text)
  return Buffer.from(
    asciiJson({ errors: [{ code, message: message.slice(0, LONGEST_MESSAGE / 8) }] }),
  )
}

/**
 * JSON in printable ASCII: all other characters are escaped, so that no terminal interprets text
 * that clients chose.
 */
function asciiJson(value: FailureBody): string {
  return escapeCharacters(JSON.stringify(value), /[^ -~]/g)
}
