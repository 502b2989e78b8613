import type { Context } from 'koa'
import type * as z from 'zod'
import { KIB } from '../base/sizes.ts'
import { RegistryError } from '../oci/errors.ts'
import { readBytes } from './body.ts'

interface JsonBodyOptions {
  /** JSON that the schema accepts, for the message. */
  readonly example: string
  /** Bytes. */
  readonly limit?: number
  /** Whether a request without a body stands for `{}`. */
  readonly optional?: boolean
}

/**
 * The body of a request as JSON of a schema.
 * @throws RegistryError REQUEST_INVALID, TOO_LARGE
 */
export async function readJson<Schema extends z.ZodType>(
  ctx: Context,
  schema: Schema,
  { example, limit = 64 * KIB, optional = false }: JsonBodyOptions,
): Promise<z.output<Schema>> {
  const bytes = await readBytes(ctx, limit, 'JSON body')
  const hint = optional
    ? `send nothing, or JSON such as ${example}`
    : `send JSON such as ${example}`
  const read = schema.safeParse(optional && bytes.byteLength === 0 ? {} : parse(bytes, hint))
  if (read.success) return read.data
  const [issue] = read.error.issues
  const place = issue?.path.join('.') || 'the request'
  throw new RegistryError(
    'REQUEST_INVALID',
    `${place}: ${issue?.message ?? 'is not valid'}; ${hint}`,
  )
}

function parse(bytes: Uint8Array, hint: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch (cause) {
    throw new RegistryError('REQUEST_INVALID', `the body is not JSON; ${hint}`, { cause })
  }
}
