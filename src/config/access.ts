import * as z from 'zod'

/* Values with a structure of their own that say who may do what; written as YAML. */

const names = () => z.array(z.string().min(1))

export const groups = () =>
  z.record(z.string().min(1), names()).meta({
    allowed: 'groups with their users, such as {ci: [alice, bob]}',
    placeholder: 'GROUPS',
  })

export const accessRules = () =>
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
        "a list of rules such as {repositories: ['asm/**'], grants: [{users: [alice], actions: [pull, push]}]}",
      placeholder: 'RULES',
    })

export const immutableTags = () =>
  z.array(z.strictObject({ repositories: names().min(1), tags: names().min(1) })).meta({
    allowed: "a list of patterns such as {repositories: ['asm/**'], tags: ['v*']}",
    placeholder: 'PATTERNS',
  })

/** Headers of CORS (Fetch standard, section 3.3.3) by name, each with its values. */
export const cors = () =>
  z
    .record(
      z.string().regex(CORS_HEADER),
      z.array(z.union([z.string().regex(/^[ -~]+$/), z.int(), z.boolean()])).min(1),
    )
    .meta({
      allowed:
        'Access-Control-* response headers with their values, such as {Access-Control-Allow-Origin: [https://ui.example.com]}',
      placeholder: 'HEADERS',
    })

const CORS_HEADER =
  /^access-control-(?:allow-(?:origin|methods|headers|credentials|private-network)|expose-headers|max-age)$/i
