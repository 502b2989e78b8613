import { unwatchFile, watchFile } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** Kubernetes swaps a mounted Secret by a symlink further up: only looking at the file's own state again sees that. */
const INTERVAL = 1000

/**
 * Calls `changed` with the text of a file each time it changes, and `failed` when it can no longer be read.
 * Returns how to stop. Changes are seen within a second or two.
 */
export function watchText(
  path: string,
  changed: (text: string) => void,
  failed: (error: unknown) => void,
): () => void {
  const listener = () => {
    readFile(path, 'utf8').then(changed, failed)
  }
  watchFile(path, { interval: INTERVAL, persistent: false }, listener)
  return () => unwatchFile(path, listener)
}
