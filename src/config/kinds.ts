import * as z from 'zod'
import { isRepositoryName } from '../oci/name.ts'

/*
 * Kinds of value that say who may enter. A path or address that is not set is null, so that an empty one, from a template
 * gone wrong, is an error and not an open registry.
 */

export const path = () => z.string().min(1).nullable().meta({ allowed: 'the path of a file' })

export const port = () =>
  z.int().min(0).max(65_535).nullable().meta({ allowed: 'a whole number from 0 to 65535' })

/** Scheme, host and port. */
export const webAddress = () =>
  z
    .string()
    .regex(/^https?:\/\/[A-Za-z0-9.[\]:_-]+\/?$/)
    .refine((text) => URL.canParse(text))
    .nullable()
    .meta({
      allowed: 'an http or https address without a path, such as https://registry.example.com',
    })

export const repository = () =>
  z
    .string()
    .refine(isRepositoryName)
    .nullable()
    .meta({ allowed: 'the name of a repository, such as packages' })

export const list = <Item extends z.ZodType>(item: Item) =>
  z.array(item).meta({ allowed: 'a list' })

const names = () => z.array(z.string().min(1))

export const groups = () =>
  z
    .record(z.string().min(1), names())
    .meta({ allowed: 'groups with their users, such as {ci: [alice, bob]}' })

export const rules = () =>
  z
    .array(
      z.strictObject({
        repositories: names().min(1),
        grants: z.array(
          z.strictObject({
            users: names().optional(),
            groups: names().optional(),
            anonymous: z.boolean().optional(),
            actions: z.array(z.enum(['pull', 'push', 'delete', 'admin'])).min(1),
          }),
        ),
      }),
    )
    .meta({
      allowed:
        "rules such as {repositories: ['asm/**'], grants: [{users: [alice], actions: [pull, push]}]}",
    })

export const immutableTags = () =>
  z
    .array(z.strictObject({ repositories: names().min(1), tags: names().min(1) }))
    .meta({ allowed: "patterns such as {repositories: ['asm/**'], tags: ['v*']}" })

/** Headers of CORS (Fetch standard, section 3.3.3) by name, each with its values. */
export const cors = () =>
  z
    .record(
      z.string().regex(CORS_HEADER),
      z.array(z.union([z.string().regex(/^[ -~]+$/), z.int(), z.boolean()])).min(1),
    )
    .meta({
      allowed:
        'Access-Control-* headers of answers with their values, such as {Access-Control-Allow-Origin: [https://ui.example.com]}',
    })

const CORS_HEADER =
  /^access-control-(?:allow-(?:origin|methods|headers|credentials|private-network)|expose-headers|max-age)$/i
