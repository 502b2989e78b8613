import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '../base/errno.ts'
import { writeSecret } from './signing-key.ts'

export const ADMIN_KEY_FILE = 'admin.key'
const SHORTEST = 32

/** The key that opens the operator routes, kept in the data directory (mode 0600): who can read the data is the operator. */
export async function openAdminKey(data: string): Promise<string> {
  const path = join(data, ADMIN_KEY_FILE)
  const known = await read(path)
  // An empty file would make the empty password the key.
  if (known !== undefined && known.length < SHORTEST)
    throw new Error(`${path} holds no admin key; remove it, and a new one is made`)
  if (known !== undefined) return known
  const key = `wsmadmin_${randomBytes(32).toString('base64url')}`
  await writeSecret(path, `${key}\n`)
  return key
}

async function read(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
