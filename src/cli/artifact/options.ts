import type { ConsumerId } from '../../wasm/consumers/consumer.ts'
import { CONSUMERS } from '../../wasm/assess/matrix.ts'
import { type Option, type Options, UsageError } from '../command.ts'
import { itemsOf, textOf } from '../option-values.ts'
import type { InspectOptions } from './inspection.ts'

/** Of every command that looks into a registry. */
export const REMOTE_OPTIONS = {
  'plain-http': {
    type: 'boolean',
    description:
      'Speak http, not https. So it is done with this machine (localhost, 127.0.0.1) anyway.',
  },
  credentials: {
    type: 'string',
    description: 'A dockerconfigjson with the account to pull with (default: that of docker).',
  },
} as const satisfies Record<string, Option>

export const INSPECT_OPTIONS = {
  ...REMOTE_OPTIONS,
  for: {
    type: 'string',
    multiple: true,
    description: `Those whose refusals matter: ${CONSUMERS.map(({ id }) => id).join(', ')} (default: those it is made for).`,
  },
  json: { type: 'boolean', description: 'Print JSON.' },
} as const satisfies Record<string, Option>

/** @throws UsageError */
export function inspectOptions(options: Options): InspectOptions {
  const consumers = itemsOf(options, 'for').map(consumerOf)
  return { ...remoteOptions(options), ...(consumers.length > 0 && { consumers }) }
}

export function remoteOptions(options: Options): InspectOptions {
  const credentials = textOf(options, 'credentials')
  return {
    plainHttp: options['plain-http'] === true,
    ...(credentials !== undefined && { credentials }),
  }
}

function consumerOf(text: string): ConsumerId {
  const known = CONSUMERS.find(({ id }) => id === text)
  if (known) return known.id
  throw new UsageError(`--for ${text}: give ${CONSUMERS.map(({ id }) => id).join(', ')}`)
}

/** @throws UsageError */
export function subjectOf([subject]: readonly string[]): string {
  if (subject !== undefined) return subject
  throw new UsageError('say what to look at: a file, or HOST[:PORT]/REPOSITORY:TAG')
}
