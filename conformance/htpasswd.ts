import { writeFile } from 'node:fs/promises'
import { hash } from '@node-rs/bcrypt'
import type { Credentials } from './target.ts'

/** Low, for speed: what a check costs is not what is looked at here. */
const COST = 5

/** Writes a file of accounts as `htpasswd -B` does. */
export async function writeHtpasswd(path: string, accounts: readonly Credentials[]): Promise<void> {
  const lines = accounts.map(async ({ username, password }) => {
    return `${username}:${await hash(password, { cost: COST })}\n`
  })
  await writeFile(path, (await Promise.all(lines)).join(''), { mode: 0o600 })
}
