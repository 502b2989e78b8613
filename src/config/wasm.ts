import * as z from 'zod'
import { CONSUMER_IDS } from '../wasm/consumers/ids.ts'
import { LAYOUTS } from '../wasm/layouts/layout.ts'

const consumers = () => z.array(z.enum(CONSUMER_IDS))
const derive = () => z.array(z.enum(LAYOUTS)).optional()
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
      allowed: `a list of policies such as {repositories: ['asm/**'], mode: enforce, consumers: [istio]}; mode: off, warn, enforce; consumers: ${CONSUMER_IDS.join(', ')}; derive: ${LAYOUTS.join(', ')}`,
      placeholder: 'POLICIES',
    })
