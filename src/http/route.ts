import type { RouterContext } from '@koa/router'
import type { Access } from './auth/guard.ts'

export interface Route {
  /** The endpoint's id in the distribution-spec where it has one; also its label in logs. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly access: Access
  readonly handle: (ctx: RouterContext) => Promise<void>
}
