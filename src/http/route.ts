import type { RouterContext } from '@koa/router'
import type { RouteEvent } from '../observability/request-observer.ts'
import type { Access } from './auth/guard.ts'

/** A request at its route; `Parameter` are the names of the parameters in the route's path. */
export type HandlerContext<Parameter extends string = never> = RouterContext & {
  readonly params: Readonly<Record<Parameter, string>>
}

/** Answers the requests of a route, after the guard has let them pass. */
export type Handler<Parameter extends string = never> = (
  ctx: HandlerContext<Parameter>,
) => Promise<void>

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** An endpoint. */
export interface Route {
  /** The name of the endpoint in the access log, the audit log and the metrics. */
  readonly id: string
  readonly method: Method
  readonly path: string
  readonly access: Access
  readonly handle: Handler
  /** The meaning of a success for the audit log and the metrics; absent if neither records it. */
  readonly event?: RouteEvent | undefined
  /** Description of an endpoint that the distribution-spec does not have, for discovery. */
  readonly extension?: string | undefined
  /**
   * Whether only machines call it, under any Host; then it refuses requests of pages, and takes
   * only
   * JSON.
   */
  readonly machine?: boolean | undefined
}

/** The parameters of a path: `'name' | 'digest'` of `/v2/*name/blobs/:digest`. */
type ParameterOf<Path extends string> = Path extends `${string}*name${infer Rest}`
  ? 'name' | ParameterOf<Rest>
  : Path extends `${string}:${infer Parameter}`
    ? Parameter
    : never

/** The event of routes that the audit log does not record. */
export const NO_EVENT = undefined

interface Further {
  readonly extension?: string
  readonly machine?: boolean
}

/** A GET route; it answers HEAD too. */
export function get<Path extends string>(
  id: string,
  path: Path,
  access: Access,
  handle: Handler<ParameterOf<Path>>,
  { event, extension, machine }: { readonly event?: RouteEvent } & Further = {},
): Route {
  return { id, method: 'GET', path, access, handle: handle as Handler, event, extension, machine }
}

type Row = <Path extends string>(
  id: string,
  path: Path,
  access: Access,
  handle: Handler<ParameterOf<Path>>,
  options: { readonly event: RouteEvent | undefined } & Further,
) => Route

/**
 * A route that may change something has to name its event, so that the audit log leaves none out.
 */
function changing(method: Method): Row {
  return (id, path, access, handle, { event, extension, machine }) => ({
    id,
    method,
    path,
    access,
    handle: handle as Handler,
    event,
    extension,
    machine,
  })
}

export const post: Row = changing('POST')
export const put: Row = changing('PUT')
export const patch: Row = changing('PATCH')
export const del: Row = changing('DELETE')
