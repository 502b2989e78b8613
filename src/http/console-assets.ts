import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** A file of the built console. */
export interface Asset {
  readonly type: string
  readonly bytes: Buffer
  readonly gzipped: Buffer
  readonly etag: string
}

/** Files by their path below `/ui/`. */
export type ConsoleAssets = ReadonlyMap<string, Asset>

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const compress = promisify(gzip)

const IS_SOURCE = import.meta.url.endsWith('.ts')

/**
 * The directory into which `npm run build` writes the console, both for the sources and for
 * compiled code.
 */
export const BUILT_CONSOLE: string = fileURLToPath(
  new URL(IS_SOURCE ? '../../dist/console' : '../../console', import.meta.url),
)

/** Reads the built console; empty if it has not been built. */
export async function readConsole(directory: string): Promise<ConsoleAssets> {
  const names = await readdir(directory, { recursive: true }).catch(() => [])
  const assets = names
    .filter((name) => extname(name) in TYPES)
    .map(async (name): Promise<[string, Asset]> => {
      const bytes = await readFile(join(directory, name))
      const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`
      const type = TYPES[extname(name)]!
      return [
        name.split(sep).join(posix.sep),
        { type, bytes, gzipped: await compress(bytes), etag },
      ]
    })
  return new Map(await Promise.all(assets))
}
