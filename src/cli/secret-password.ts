import type { Readable } from 'node:stream'
import { UsageError } from './command.ts'

const LONGEST = 4096

/** Reads a password from standard input: one line, whose end does not belong to it. */
export async function readPassword(input: Readable & { isTTY?: boolean }): Promise<string> {
  // Typed here it could be read over a shoulder, and asking for it is the shell's trade.
  if (input.isTTY) {
    throw new UsageError('give the password on standard input (< FILE), or make one with --token')
  }
  const parts: Buffer[] = []
  let length = 0
  for await (const part of input) {
    parts.push(part as Buffer)
    length += (part as Buffer).length
    if (length > LONGEST) throw new Error(`the password has more than ${LONGEST} bytes`)
  }
  const password = Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (password === '') throw new Error('there is no password on standard input')
  if (/[\0\r\n]/.test(password)) throw new Error('the password is more than one line')
  return password
}
