import { randomBytes } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PROBE } from '../keys.ts'

const randomBytesAsync = promisify(randomBytes)

/**
 * Checks that the disk takes so many bytes, so that a database that can still be read is not closed
 * in vain.
 * @throws Error of the operating system if it does not
 */
export async function probe(data: string, bytes: number): Promise<void> {
  const path = join(data, PROBE)
  try {
    const file = await open(path, 'w')
    try {
      // Random, so that no file system compresses them. `writeFile` fails where space runs out;
      // `write` would be short.
      await file.writeFile(await randomBytesAsync(bytes))
      await file.sync()
    } finally {
      await file.close()
    }
  } finally {
    await unlink(path).catch(() => undefined)
  }
}
