import { join } from 'node:path'
import { Level } from 'level'
import { descriptorLimit, shareDescriptors } from '../../src/base/descriptors.ts'
import { MIB } from '../../src/base/sizes.ts'
import { INDEX } from '../keys.ts'

export type Database = Level<string, Uint8Array>

/** Bytes that LevelDB holds in memory, and in its log, before it writes a table. */
export const WRITE_BUFFER = 4 * MIB

/** The database of a data directory; it opens by itself. */
export function levelDatabase(data: string): Database {
  return new Level(join(data, INDEX), {
    keyEncoding: 'utf8',
    valueEncoding: 'buffer',
    writeBufferSize: WRITE_BUFFER,
    cacheSize: 32 * MIB,
    maxOpenFiles: shareDescriptors(descriptorLimit()).index,
  })
}
