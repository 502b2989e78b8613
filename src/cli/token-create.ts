import type { AccessTokenRequest, CreatedAccessToken } from '../api/access-tokens.ts'
import { type Action, ACTIONS } from '../api/actions.ts'
import { UsageError, type Command } from './command.ts'
import { itemsOf, requiredText, textOf } from './option-values.ts'
import { TokenClient } from './token-client.ts'
import { parseLifetime } from './token-expiry.ts'
import { formatTime } from './token-list.ts'

export const tokenCreateCommand: Command = {
  name: 'token create',
  summary: 'Creates an access token, a password for a robot, on the running server',
  operands: ['[config.yaml]'],
  options: {
    owner: {
      type: 'string',
      description:
        'Owner, whose access rules apply: an account (the token ends with it) or any name for a robot.',
    },
    repositories: {
      type: 'string',
      multiple: true,
      description: "Patterns of repositories, such as 'asm/**'. Repeatable, or comma-separated.",
    },
    actions: {
      type: 'string',
      multiple: true,
      description: `Allowed actions: ${ACTIONS.join(', ')}. Repeatable, or comma-separated. Default: pull`,
    },
    expires: {
      type: 'string',
      description: 'Lifetime of the token, such as 720h. Default: until it is revoked',
    },
    json: { type: 'boolean', description: 'Print JSON.' },
  },
  usesConfig: true,
  async run({ options, loadConfig, print }) {
    const repositories = itemsOf(options, 'repositories')
    if (repositories.length === 0) {
      throw new UsageError("missing --repositories: patterns such as 'asm/**', or '**' for all")
    }
    const actions = itemsOf(options, 'actions').map(readAction)
    const request: AccessTokenRequest = {
      owner: requiredText(options, 'owner', 'an account, or any name for a robot'),
      repositories,
      actions: actions.length > 0 ? actions : ['pull'],
      lifetime: parseLifetime(textOf(options, 'expires')),
    }
    const token = await new TokenClient(loadConfig()).create(request)
    print(options['json'] === true ? `${JSON.stringify(token, undefined, 2)}\n` : format(token))
    return 0
  },
}

/** @throws UsageError */
function readAction(text: string): Action {
  const action = ACTIONS.find((known) => known === text)
  if (action !== undefined) return action
  throw new UsageError(`--actions ${text}: use ${ACTIONS.join(', ')}`)
}

function format({ secret, id, expiresAt }: CreatedAccessToken): string {
  return [
    `token    ${secret}`,
    `id       ${id}`,
    `expires  ${expiresAt === undefined ? 'never' : formatTime(expiresAt)}`,
    '',
    'Use the token as a password, with any user name. It is not shown again.',
    '',
  ].join('\n')
}
