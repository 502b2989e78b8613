import { UsageError, type Command } from './command.ts'
import { TokenClient } from './token-client.ts'

export const tokenRevokeCommand: Command = {
  name: 'token revoke',
  summary: 'Ends an access token of the running server at once',
  operands: ['ID', '[config.yaml]'],
  options: {},
  configured: true,
  async run({ operands: [id], loadConfig, print }) {
    if (id === undefined) throw new UsageError('say which token: wasmoor token list has the ids')
    await new TokenClient(loadConfig()).revoke(id)
    print(`revoked ${id}\n`)
    return 0
  },
}
