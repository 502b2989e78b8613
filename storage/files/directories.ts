import type { Disk } from './disk.ts'
import { blobDirectories, BLOBS, blobPath, INDEX, UPLOADS } from '../keys.ts'

/**
 * Creates the directories of a new store and makes them durable. The index has created its own
 * before.
 */
export async function createDirectories(disk: Disk): Promise<void> {
  for (const directory of [BLOBS, UPLOADS]) await disk.makeDirectory(directory)
  for (const algorithm of ['sha256', 'sha512']) await disk.makeDirectory(blobPath(algorithm))
  for (const directory of blobDirectories()) await disk.makeDirectory(blobPath(directory))
  for (const algorithm of ['sha256', 'sha512']) await disk.syncDirectory(blobPath(algorithm))
  for (const directory of [BLOBS, INDEX, '.']) await disk.syncDirectory(directory)
}
