import type { AccessToken } from '../api/access-tokens.ts'
import type { Command } from './command.ts'
import { TokenClient } from './token-client.ts'

export const tokenListCommand: Command = {
  name: 'token list',
  summary: 'Lists the access tokens of the running server',
  operands: ['[config.yaml]'],
  options: { json: { type: 'boolean', description: 'Print JSON.' } },
  usesConfig: true,
  async run({ options, loadConfig, print }) {
    const tokens = await new TokenClient(loadConfig()).list()
    print(
      options['json'] === true ? `${JSON.stringify(tokens, undefined, 2)}\n` : formatTable(tokens),
    )
    return 0
  },
}

/** A time in milliseconds since 1970, to the second: `2026-11-24T03:23:17Z`. */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+/, '')
}

const HEADING = ['ID', 'OWNER', 'REPOSITORIES', 'ACTIONS', 'CREATED', 'EXPIRES', 'LAST USED']

function formatTable(tokens: readonly AccessToken[]): string {
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
    formatTime(createdAt),
    expiresAt === undefined ? 'never' : formatTime(expiresAt),
    lastUsedAt === undefined ? 'never' : formatTime(lastUsedAt),
  ]
}
