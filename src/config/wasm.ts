import * as z from 'zod'

/** The consumers that src/wasm knows; a test holds the two lists together. */
export const CONSUMER_NAMES = [
  'istio',
  'envoy-gateway',
  'higress',
  'asm',
  'envoy',
  'wkg',
  'wash',
  'wassette',
  'spin',
  'kubewarden',
  'runwasi',
] as const

/** The layouts that src/wasm knows; likewise. */
export const LAYOUT_NAMES = ['envoy', 'compat'] as const

const consumers = () => z.array(z.enum(CONSUMER_NAMES))
const derive = () => z.array(z.enum(LAYOUT_NAMES)).optional()
const repositories = () => z.array(z.string().min(1)).min(1)

export const wasmPolicies = () =>
  z
    .array(
      z.discriminatedUnion('mode', [
        z.strictObject({ repositories: repositories(), mode: z.literal('off') }),
        z.strictObject({
          repositories: repositories(),
          mode: z.literal('warn'),
          consumers: consumers().optional(),
          derive: derive(),
        }),
        z.strictObject({
          repositories: repositories(),
          mode: z.literal('enforce'),
          consumers: consumers().min(1),
          derive: derive(),
        }),
      ]),
    )
    .meta({
      allowed: `a list of policies such as {repositories: ['asm/**'], mode: enforce, consumers: [istio]}; mode: off, warn, enforce; consumers: ${CONSUMER_NAMES.join(', ')}; derive: ${LAYOUT_NAMES.join(', ')}`,
      placeholder: 'POLICIES',
    })
