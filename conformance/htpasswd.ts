import { writeFile } from 'node:fs/promises'
import { hash } from '@node-rs/bcrypt'
import type { Credentials } from './target.ts'

/** Low, for speed: the cost of a password check is not tested here. */
const COST = 5

/** Writes an htpasswd file like `htpasswd -B`. */
export async function writeHtpasswd(path: string, accounts: readonly Credentials[]): Promise<void> {
  const lines = accounts.map(async ({ username, password }) => {
    return `${username}:${await hash(password, COST)}\n`
  })
  await writeFile(path, (await Promise.all(lines)).join(''), { mode: 0o600 })
}
