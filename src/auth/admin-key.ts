import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '../base/errno.ts'
import { writeSecret } from './signing-key.ts'

export const ADMIN_KEY_FILE = 'admin.key'
const SHORTEST = 32

/**
 * Reads the admin key, which gives access to the operator routes, or creates it. It is in the data
 * directory with mode 0600: access to the data directory makes an operator.
 * @throws Error if the file is damaged or cannot be read
 */
export async function openAdminKey(data: string): Promise<string> {
  const path = join(data, ADMIN_KEY_FILE)
  const known = await read(path)
  // With an empty file the empty password would be the key.
  if (known !== undefined && known.length < SHORTEST)
    throw new Error(`${path} does not contain an admin key: delete it, and a new one is created`)
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
