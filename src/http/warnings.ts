import type { Context } from 'koa'

/** distribution-spec v1.1, "Warnings": all of them together. */
const LONGEST = 4096

/** `Warning: 299 - "text"` headers, in printable ASCII; those that no longer fit are left out. */
export function setWarnings(ctx: Context, warnings: readonly string[]): void {
  const values: string[] = []
  let length = 0
  for (const warning of warnings) {
    const value = `299 - "${warning.replaceAll(/[^ -~]/g, '?').replaceAll(/["\\]/g, String.raw`\$&`)}"`
    length += value.length
    if (length > LONGEST) break
    values.push(value)
  }
  if (values.length > 0) ctx.set('Warning', values)
}
