import type { AccessToken } from '../api/access-tokens.ts'
import type { Command } from './command.ts'
import { TokenClient } from './token-client.ts'

export const tokenListCommand: Command = {
  name: 'token list',
  summary: 'Lists the access tokens of the running server',
  operands: ['[config.yaml]'],
  options: { json: { type: 'boolean', meaning: 'Print JSON.' } },
  configured: true,
  async run({ options, loadConfig, print }) {
    const tokens = await new TokenClient(loadConfig()).list()
    print(options['json'] === true ? `${JSON.stringify(tokens, undefined, 2)}\n` : table(tokens))
    return 0
  },
}

/** Milliseconds since 1970 as people read them: `2026-11-24T03:23:17Z`. */
export function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+/, '')
}

const HEADING = ['ID', 'OWNER', 'REPOSITORIES', 'ACTIONS', 'CREATED', 'EXPIRES', 'LAST USED']

function table(tokens: readonly AccessToken[]): string {
  const rows = [HEADING, ...tokens.map(toRow)]
  const widths = HEADING.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

function toRow(token: AccessToken): string[] {
  const { id, owner, repositories, actions, createdAt, expiresAt, lastUsedAt } = token
  return [
    id,
    owner,
    repositories.join(','),
    actions.join(','),
    timeOf(createdAt),
    expiresAt === undefined ? 'never' : timeOf(expiresAt),
    lastUsedAt === undefined ? 'never' : timeOf(lastUsedAt),
  ]
}
