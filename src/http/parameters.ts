import type { Context } from 'koa'

/** The value of a query parameter that is meant to be given once; of several, the last one. */
export function single(ctx: Context, name: string): string | undefined {
  const value = ctx.query[name]
  return Array.isArray(value) ? value.at(-1) : value
}

/** Every value of a query parameter. */
export function several(ctx: Context, name: string): readonly string[] {
  const value = ctx.query[name]
  return value === undefined ? [] : [value].flat()
}
