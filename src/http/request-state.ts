import type { Context } from 'koa'
import { networkOf } from '../auth/network.ts'
import type { RegistryError } from '../oci/errors.ts'
import type { Permit } from './auth/permit.ts'
import type { RequestMemory } from './request-memory.ts'

/**
 * Values that the steps and the handler of a request leave for later steps and for the observers.
 */
export interface RequestState {
  /** Value of `X-Request-Id`. */
  requestId: string
  /** Address of the client, behind trusted proxies. */
  client: string
  account?: string | undefined
  /** The memory that the request holds. */
  memory: RequestMemory
  /** The rights of the caller, set by the guard. */
  permit?: Permit
  /** Account whose password was sent, whether it was right or not. */
  attemptedUser?: string | undefined
  /** Whether a form of `POST /token` had a password. */
  passwordInForm?: true
  failure?: RegistryError
  /** Further fields of the request's line in the audit log. */
  auditDetails?: Readonly<Record<string, unknown>>
}

/** The state of a request; Koa's own type leaves it open. */
export function requestState(ctx: Pick<Context, 'state'>): RequestState {
  const { state }: { state: RequestState } = ctx
  return state
}

/** The permit of a request whose route is not `public`. */
export function permitOf(ctx: Pick<Context, 'state'>): Permit {
  const { permit } = requestState(ctx)
  if (permit === undefined) throw new Error('a public route has no permit')
  return permit
}

/**
 * Waits until the process has memory for a request, which holds it until its answer is out.
 * @throws RegistryError UNAVAILABLE
 */
export async function holdMemory(ctx: Pick<Context, 'state'>, bytes: number): Promise<void> {
  const { memory, account, client } = requestState(ctx)
  await memory.hold(account ?? networkOf(client), bytes)
}
