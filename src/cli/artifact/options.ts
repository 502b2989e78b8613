import type { ConsumerId } from '../../wasm/consumers/ids.ts'
import { CONSUMERS } from '../../wasm/consumers/all.ts'
import { type Option, type Options, UsageError } from '../command.ts'
import { itemsOf, textOf } from '../option-values.ts'
import type { InspectOptions } from './inspection.ts'
import type { RemoteOptions } from './read-artifact.ts'

const CONSUMER_NAMES = CONSUMERS.map(({ id }) => id).join(', ')

export const FILE_OR_REFERENCE = 'FILE or HOST[:PORT]/REPOSITORY:TAG'
export const REFERENCE = 'HOST[:PORT]/REPOSITORY:TAG'

/** Flags of all commands that read from a registry. */
export const REMOTE_OPTIONS = {
  'plain-http': {
    type: 'boolean',
    description: 'Use http instead of https. Default for localhost and loopback addresses.',
  },
  credentials: {
    type: 'string',
    description:
      'Path of a dockerconfigjson with the account to pull with. Default: the one of docker.',
  },
} as const satisfies Record<string, Option>

export const INSPECT_OPTIONS = {
  ...REMOTE_OPTIONS,
  for: {
    type: 'string',
    multiple: true,
    description: `Target runtimes to check: ${CONSUMER_NAMES}. Default: those the artifact is made for. Repeatable, or comma-separated.`,
  },
  json: { type: 'boolean', description: 'Print the report as JSON.' },
} as const satisfies Record<string, Option>

/** @throws UsageError if a runtime is unknown */
export function inspectOptions(options: Options): InspectOptions {
  const consumers = itemsOf(options, 'for').map(consumerOf)
  return { ...remoteOptions(options), ...(consumers.length > 0 && { consumers }) }
}

export function remoteOptions(options: Options): RemoteOptions {
  const credentials = textOf(options, 'credentials')
  return {
    plainHttp: options['plain-http'] === true,
    ...(credentials !== undefined && { credentials }),
  }
}

function consumerOf(text: string): ConsumerId {
  const known = CONSUMERS.find(({ id }) => id === text)
  if (known) return known.id
  throw new UsageError(`unknown runtime in --for: ${text} (use ${CONSUMER_NAMES})`)
}

/**
 * The first argument.
 * @throws UsageError if it is missing
 */
export function operandOf([operand]: readonly string[], name: string): string {
  if (operand !== undefined) return operand
  throw new UsageError(`missing argument: ${name}`)
}
