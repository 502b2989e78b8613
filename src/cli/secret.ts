import { dockerConfig, kubernetesSecret, type Login } from '../api/pull-secret.ts'
import { UsageError, type Call, type Command, type Options } from './command.ts'
import { itemsOf, requiredText, textOf } from './option-values.ts'
import { readPassword } from './secret-password.ts'
import { TokenClient } from './token-client.ts'
import { lifetimeOf } from './token-expiry.ts'

const STANDARD_NAME = 'asmwasm-cache'
const STANDARD_NAMESPACE = 'istio-system'

export const secretCommand: Command = {
  name: 'secret',
  summary: 'Prints the pull Secret for Kubernetes; the password comes from standard input',
  operands: ['[config.yaml]'],
  options: {
    host: {
      type: 'string',
      meaning:
        'HOST[:PORT] of the registry, as it stands in the names of images (default: that of publicUrl).',
    },
    username: { type: 'string', meaning: 'The account to pull with.' },
    name: { type: 'string', meaning: `Name of the Secret (default ${STANDARD_NAME}).` },
    namespace: {
      type: 'string',
      meaning: `Namespace of the Secret (default ${STANDARD_NAMESPACE}).`,
    },
    format: {
      type: 'string',
      meaning:
        'kubernetes, or docker for the same as a config.json of docker (default kubernetes).',
    },
    token: {
      type: 'boolean',
      meaning:
        'Make an access token for pulling on the running server, owned by --username, instead of reading a password.',
    },
    repositories: {
      type: 'string',
      multiple: true,
      meaning: "With --token: patterns of the repositories it is for (default '**').",
    },
    expires: {
      type: 'string',
      meaning: 'With --token: how long it lives, such as 720h. Not given: until it is revoked.',
    },
  },
  configured: true,
  async run(call) {
    const { options, print } = call
    const write = writer(options)
    const username = requiredText(options, 'username', 'the account to pull with')
    if (/[:\p{Cc}]/u.test(username)) {
      throw new UsageError('--username: a user name has neither ":" nor control characters')
    }
    const host = hostOf(call)
    const password =
      options['token'] === true ? await newToken(call, username) : await givenPassword(options)
    print(write({ host, username, password }))
    return 0
  },
}

/** What has the form of a name in Kubernetes (RFC 1123, as a subdomain). */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/
const HOST = /^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/

function writer(options: Options): (login: Login) => string {
  const name = textOf(options, 'name') ?? STANDARD_NAME
  const namespace = textOf(options, 'namespace') ?? STANDARD_NAMESPACE
  for (const [flag, value] of Object.entries({ name, namespace })) {
    if (!NAME.test(value)) {
      throw new UsageError(`--${flag} ${value}: give lower-case letters, digits, "-" and "."`)
    }
  }
  const format = textOf(options, 'format') ?? 'kubernetes'
  if (format === 'kubernetes') return (login) => kubernetesSecret(login, name, namespace)
  if (format === 'docker')
    return (login) => `${JSON.stringify(dockerConfig(login), undefined, 2)}\n`
  throw new UsageError(`--format ${format}: give kubernetes or docker`)
}

/** The name that pullers know the registry by: they look for a Secret's entry by it. */
function hostOf({ options, loadConfig }: Call): string {
  const given = textOf(options, 'host')
  if (given !== undefined) {
    if (HOST.test(given)) return given
    throw new UsageError(`--host ${given}: give HOST or HOST:PORT, without http:// and path`)
  }
  const { publicUrl } = loadConfig()
  if (publicUrl !== null) return new URL(publicUrl).host
  throw new UsageError('--host is missing: HOST[:PORT] as it stands in the names of images')
}

async function newToken({ options, loadConfig }: Call, owner: string): Promise<string> {
  const repositories = itemsOf(options, 'repositories')
  const { secret } = await new TokenClient(loadConfig()).create({
    owner,
    repositories: repositories.length > 0 ? repositories : ['**'],
    actions: ['pull'],
    ...lifetimeOf(textOf(options, 'expires')),
  })
  return secret
}

async function givenPassword(options: Options): Promise<string> {
  for (const flag of ['repositories', 'expires']) {
    if (flag in options) throw new UsageError(`--${flag} limits a token: it needs --token`)
  }
  return readPassword(process.stdin)
}
