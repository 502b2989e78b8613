import { MIB } from './sizes.ts'
import { type BigIntStats, statSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'

/**
 * Kubernetes swaps a mounted Secret by a symlink further up: only looking at the file's own state
 * again sees that.
 * A change counts when two looks have seen it, so that no half-written file is read.
 */
const INTERVAL = 250

/** No list of accounts and no certificate is nearly as large. */
const LARGEST = 16 * MIB

/**
 * Calls `changed` with the text of a file each time it changes after this call, and `failed` when
 * it can no longer be
 * read. Returns how to stop. Who calls this before reading the file himself misses no change.
 */
export function watchText(
  path: string,
  changed: (text: string) => void,
  failed: (error: unknown) => void,
): () => void {
  let known = stateNow(path)
  let seen = known
  let looking = false
  const look = async () => {
    const state = await stat(path, { bigint: true }).then(stateOf, missing)
    if (state !== known && state === seen) {
      known = state
      await readText(path).then(changed, failed)
    }
    seen = state
  }
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    void look().finally(() => (looking = false))
  }, INTERVAL).unref()
  return () => clearInterval(timer)
}

/**
 * The text of a file.
 * @throws Error of the file system, or for a file that is larger than any should be
 */
export async function readText(path: string): Promise<string> {
  const file = await open(path)
  try {
    const pieces: Uint8Array[] = []
    let length = 0
    for await (const piece of file.createReadStream({
      autoClose: false,
    }) as AsyncIterable<Buffer>) {
      length += piece.byteLength
      if (length > LARGEST) throw new Error(`it has more than ${LARGEST} bytes`)
      pieces.push(piece)
    }
    return Buffer.concat(pieces).toString('utf8')
  } finally {
    await file.close()
  }
}

function stateNow(path: string): string {
  try {
    return stateOf(statSync(path, { bigint: true }))
  } catch (error) {
    return missing(error)
  }
}

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

function missing(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
}
