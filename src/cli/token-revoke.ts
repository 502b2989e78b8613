import { UsageError, type Command } from './command.ts'
import { TokenClient } from './token-client.ts'

export const tokenRevokeCommand: Command = {
  name: 'token revoke',
  summary: 'Revokes an access token of the running server at once',
  operands: ['ID', '[config.yaml]'],
  options: {},
  usesConfig: true,
  async run({ operands: [id], loadConfig, print }) {
    if (id === undefined) throw new UsageError('missing argument: ID (see: wasmoor token list)')
    await new TokenClient(loadConfig()).revoke(id)
    print(`revoked ${id}\n`)
    return 0
  },
}
