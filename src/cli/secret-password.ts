import type { Readable } from 'node:stream'
import { UsageError } from './command.ts'

/** Bytes. */
const LONGEST_PASSWORD = 4096

/**
 * Reads a password from standard input: one line, without the line break.
 * @throws UsageError if standard input is a terminal
 * @throws Error if there is no password, or more than one line
 */
export async function readPassword(input: Readable & { isTTY?: boolean }): Promise<string> {
  // A terminal would show the password while it is typed.
  if (input.isTTY) {
    throw new UsageError('pass the password on standard input (< FILE), or create one with --token')
  }
  const parts: Buffer[] = []
  let length = 0
  for await (const part of input) {
    parts.push(part as Buffer)
    length += (part as Buffer).length
    if (length > LONGEST_PASSWORD)
      throw new Error(`the password has more than ${LONGEST_PASSWORD} bytes`)
  }
  const password = Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (password === '') throw new Error('there is no password on standard input')
  if (/[\0\r\n]/.test(password)) throw new Error('the password has more than one line')
  return password
}
