import { type Action, ACTIONS } from '../api/actions.ts'
import { UsageError, type Command } from './command.ts'
import { itemsOf, requiredText, textOf } from './option-values.ts'
import { TokenClient } from './token-client.ts'
import { lifetimeOf } from './token-expiry.ts'
import { timeOf } from './token-list.ts'

/** @throws UsageError */
function readAction(text: string): Action {
  const action = ACTIONS.find((known) => known === text)
  if (action !== undefined) return action
  throw new UsageError(`--actions ${text}: use ${ACTIONS.join(', ')}`)
}

export const tokenCreateCommand: Command = {
  name: 'token create',
  summary: 'Makes an access token on the running server: a password for a robot, with limits',
  operands: ['[config.yaml]'],
  options: {
    owner: {
      type: 'string',
      meaning:
        'Whom the token stands for: an account, with which it ends, or a robot of any name. The access rules for this name hold.',
    },
    repositories: {
      type: 'string',
      multiple: true,
      meaning: "Patterns of repositories, such as 'asm/**'. May be given again; commas divide.",
    },
    actions: {
      type: 'string',
      multiple: true,
      meaning: 'What may be done there: pull, push, delete. Commas divide (default pull).',
    },
    expires: {
      type: 'string',
      meaning: 'How long the token lives, such as 720h. Not given: until it is revoked.',
    },
    json: { type: 'boolean', meaning: 'Print JSON.' },
  },
  configured: true,
  async run({ options, loadConfig, print }) {
    const repositories = itemsOf(options, 'repositories')
    if (repositories.length === 0) {
      throw new UsageError("--repositories is missing: patterns such as 'asm/**', or '**' for all")
    }
    const actions = itemsOf(options, 'actions').map(readAction)
    const request = {
      owner: requiredText(options, 'owner', 'whom the token stands for'),
      repositories,
      actions: actions.length > 0 ? actions : ['pull' as const],
      ...lifetimeOf(textOf(options, 'expires')),
    }
    const token = await new TokenClient(loadConfig()).create(request)
    if (options['json'] === true) {
      print(`${JSON.stringify(token, undefined, 2)}\n`)
      return 0
    }
    print(
      [
        `token    ${token.secret}`,
        `id       ${token.id}`,
        `expires  ${token.expiresAt === undefined ? 'never' : timeOf(token.expiresAt)}`,
        '',
        'Use the token as the password, with any user name. It is not shown again.',
        '',
      ].join('\n'),
    )
    return 0
  },
}
