import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { extname, join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { RouterContext } from '@koa/router'
import { RegistryError } from '../../oci/errors.ts'
import { sendNothing, sendText } from '../answers.ts'

/** A file of the built console. */
interface Asset {
  readonly type: string
  readonly bytes: Buffer
  readonly gzipped: Buffer
  readonly etag: string
}

/** Files by their path below `/ui/`. */
export type ConsoleAssets = ReadonlyMap<string, Asset>

const PAGE = 'index.html'
/** Names of files here change with their content. "_" begins no repository, and all other paths below /ui/ do with one. */
const ASSETS = '_assets/'
const YEAR = 31_536_000

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const compress = promisify(gzip)

const IS_SOURCE = import.meta.url.endsWith('.ts')

/** Where `npm run build` puts it, seen from the sources as well as from what is compiled. */
export const BUILT_CONSOLE: string = fileURLToPath(
  new URL(IS_SOURCE ? '../../../dist/console' : '../../../console', import.meta.url),
)

/** The built console, all of it; nothing if it has not been built. */
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

/** The pages for people. They are a client of the public API: nothing here knows what is in the registry. */
export class ConsoleHandlers {
  readonly #assets: ConsoleAssets
  readonly #baseOf: (request: IncomingMessage) => string

  /** @param assets none where the console is turned off or not built */
  constructor(assets: ConsoleAssets, baseOf: (request: IncomingMessage) => string) {
    this.#assets = assets
    this.#baseOf = baseOf
  }

  /** Scripts ask here, too, whether the registry answers. */
  readonly root = async (ctx: RouterContext): Promise<void> => {
    if (this.#assets.has(PAGE)) this.#sendPage(ctx)
    else sendText(ctx, 'Wasmoor, an OCI registry: its API begins at /v2/\n')
    ctx.set('Docker-Distribution-Api-Version', 'registry/2.0')
  }

  /** Assets by their name; every other path is one of the page's own. */
  readonly page = async (ctx: RouterContext): Promise<void> => {
    const path = ctx.path.replace(/^\/ui\/?/, '')
    const asset = path.startsWith(ASSETS) ? this.#assets.get(path) : undefined
    if (asset) {
      ctx.set('Cache-Control', `public, max-age=${YEAR}, immutable`)
      send(ctx, asset)
    } else if (this.#assets.has(PAGE) && !path.startsWith(ASSETS)) this.#sendPage(ctx)
    else throw new RegistryError('ROUTE_UNKNOWN')
  }

  #sendPage(ctx: RouterContext): void {
    const assets = `${this.#baseOf(ctx.req)}/ui/${ASSETS}`
    ctx.set({
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': [
        "default-src 'none'",
        `script-src ${assets}`,
        `style-src ${assets}`,
        `img-src ${assets}`,
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
      'Referrer-Policy': 'no-referrer',
    })
    send(ctx, this.#assets.get(PAGE)!)
  }
}

function send(ctx: RouterContext, { type, bytes, gzipped, etag }: Asset): void {
  ctx.set({ 'Content-Type': type, ETag: etag, 'X-Content-Type-Options': 'nosniff' })
  ctx.vary('Accept-Encoding')
  ctx.status = 200
  if (ctx.fresh) {
    sendNothing(ctx, 304)
    return
  }
  const zipped = ctx.acceptsEncodings('gzip', 'identity') === 'gzip'
  if (zipped) ctx.set('Content-Encoding', 'gzip')
  ctx.body = zipped ? gzipped : bytes
}
