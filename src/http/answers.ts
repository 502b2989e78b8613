import type { Context } from 'koa'

/** JSON without `charset`: clients compare the type as text. */
export function sendJson(ctx: Context, body: object, type = 'application/json'): void {
  ctx.body = Buffer.from(JSON.stringify(body))
  ctx.status = 200
  ctx.set('Content-Type', type)
}

/** Text for people. */
export function sendText(ctx: Context, text: string): void {
  ctx.body = Buffer.from(text)
  ctx.status = 200
  ctx.set('Content-Type', 'text/plain; charset=utf-8')
}

/**
 * An answer without a body. Koa turns a missing body into text or 204 unless it comes before the
 * status.
 */
export function sendNothing(ctx: Context, status: number): void {
  ctx.body = null
  ctx.status = status
  if (status !== 204 && status !== 304) ctx.set('Content-Length', '0')
}
