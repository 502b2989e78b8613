import type { AccessTokenRequest } from '../api/access-tokens.ts'
import { dockerConfig, kubernetesSecret, type Login } from '../api/pull-secret.ts'
import { UsageError, type Call, type Command, type Options } from './command.ts'
import { itemsOf, requiredText, textOf } from './option-values.ts'
import { readPassword } from './secret-password.ts'
import { TokenClient } from './token-client.ts'
import { parseLifetime } from './token-expiry.ts'

/** The Secret that ASM's controller looks for. */
const DEFAULT_NAME = 'asmwasm-cache'
const DEFAULT_NAMESPACE = 'istio-system'

export const secretCommand: Command = {
  name: 'secret',
  summary:
    'Prints a Kubernetes pull Secret for a host and an account; reads the password from stdin',
  operands: ['[config.yaml]'],
  options: {
    host: {
      type: 'string',
      description:
        'HOST[:PORT] of the registry, as in the names of images. Default: the host of publicUrl',
    },
    username: { type: 'string', description: 'The account to pull with.' },
    name: { type: 'string', description: `Name of the Secret. Default: ${DEFAULT_NAME}` },
    namespace: {
      type: 'string',
      description: `Namespace of the Secret. Default: ${DEFAULT_NAMESPACE}`,
    },
    format: {
      type: 'string',
      description: "kubernetes, or docker for docker's config.json. Default: kubernetes",
    },
    token: {
      type: 'boolean',
      description:
        'Create an access token for pulling, owned by --username, instead of reading a password.',
    },
    repositories: {
      type: 'string',
      multiple: true,
      description:
        "With --token: patterns of repositories. Repeatable, or comma-separated. Default: '**'",
    },
    expires: {
      type: 'string',
      description: 'With --token: its lifetime, such as 720h. Default: until it is revoked',
    },
  },
  usesConfig: true,
  async run(call) {
    const { options, print } = call
    const format = formatterOf(options)
    const username = requiredText(options, 'username', 'the account to pull with')
    if (/[:\p{Cc}]/u.test(username)) {
      throw new UsageError('--username: a user name contains neither ":" nor control characters')
    }
    const host = hostOf(call)
    const password =
      options['token'] === true ? await createToken(call, username) : await passwordOf(options)
    print(format({ host, username, password }))
    return 0
  },
}

/** A Kubernetes name: a DNS subdomain of RFC 1123. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/
const HOST = /^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/

function formatterOf(options: Options): (login: Login) => string {
  const name = textOf(options, 'name') ?? DEFAULT_NAME
  const namespace = textOf(options, 'namespace') ?? DEFAULT_NAMESPACE
  for (const [flag, value] of Object.entries({ name, namespace })) {
    if (!NAME.test(value)) {
      throw new UsageError(`--${flag} ${value}: use lower-case letters, digits, "-" and "."`)
    }
  }
  const format = textOf(options, 'format') ?? 'kubernetes'
  if (format === 'kubernetes') return (login) => kubernetesSecret(login, name, namespace)
  if (format === 'docker')
    return (login) => `${JSON.stringify(dockerConfig(login), undefined, 2)}\n`
  throw new UsageError(`--format ${format}: use kubernetes or docker`)
}

/** The name that pullers know the registry by: they look up the entry of a Secret by it. */
function hostOf({ options, loadConfig }: Call): string {
  const given = textOf(options, 'host')
  if (given !== undefined) {
    if (HOST.test(given)) return given
    throw new UsageError(`--host ${given}: use HOST or HOST:PORT, without http:// and path`)
  }
  const { publicUrl } = loadConfig()
  if (publicUrl !== null) return new URL(publicUrl).host
  throw new UsageError('missing --host: HOST[:PORT] as in the names of images')
}

async function createToken({ options, loadConfig }: Call, owner: string): Promise<string> {
  const repositories = itemsOf(options, 'repositories')
  const request: AccessTokenRequest = {
    owner,
    repositories: repositories.length > 0 ? repositories : ['**'],
    actions: ['pull'],
    lifetime: parseLifetime(textOf(options, 'expires')),
  }
  const { secret } = await new TokenClient(loadConfig()).create(request)
  return secret
}

async function passwordOf(options: Options): Promise<string> {
  for (const flag of ['repositories', 'expires']) {
    if (flag in options) throw new UsageError(`--${flag} needs --token: it limits an access token`)
  }
  return readPassword(process.stdin)
}
