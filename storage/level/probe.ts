import { randomBytes } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const randomBytesAsync = promisify(randomBytes)

/** Fails while the disk does not take so many bytes, so that a database that can still be read is not closed in vain. */
export async function probe(data: string, bytes: number): Promise<void> {
  const path = join(data, 'probe')
  try {
    const file = await open(path, 'w')
    try {
      // Bytes that no file system makes smaller; `write` would end early, and without an error, where space runs out.
      await file.writeFile(await randomBytesAsync(bytes))
      await file.sync()
    } finally {
      await file.close()
    }
  } finally {
    await unlink(path).catch(() => undefined)
  }
}
