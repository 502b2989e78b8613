import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../oci/errors.ts'
import { sendNothing, sendText } from '../answers.ts'
import type { Asset, ConsoleAssets } from '../console-assets.ts'
import type { Handler, HandlerContext } from '../route.ts'

const PAGE = 'index.html'
/**
 * The names of files here change with their content. No repository name begins with "_", and every
 * other path below /ui/ begins with a repository name.
 */
const ASSETS = '_assets/'
const YEAR = 31_536_000

/**
 * `/`: the console, or a line of text where it is turned off. Scripts also ask here whether the
 * registry answers.
 */
export function home(assets: ConsoleAssets, baseOf: (request: IncomingMessage) => string): Handler {
  return async (ctx) => {
    if (assets.has(PAGE)) sendPage(ctx, assets, baseOf)
    else sendText(ctx, 'Wasmoor, an OCI registry: its API begins at /v2/\n')
    ctx.set('Docker-Distribution-Api-Version', 'registry/2.0')
  }
}

/** `/ui/…`: assets by their name, and the page for every other path. */
export function consolePage(
  assets: ConsoleAssets,
  baseOf: (request: IncomingMessage) => string,
): Handler {
  return async (ctx) => {
    const path = ctx.path.replace(/^\/ui\/?/, '')
    const asset = path.startsWith(ASSETS) ? assets.get(path) : undefined
    if (asset) {
      ctx.set('Cache-Control', `public, max-age=${YEAR}, immutable`)
      send(ctx, asset)
    } else if (assets.has(PAGE) && !path.startsWith(ASSETS)) sendPage(ctx, assets, baseOf)
    else throw new RegistryError('ROUTE_UNKNOWN')
  }
}

function sendPage(
  ctx: HandlerContext,
  assets: ConsoleAssets,
  baseOf: (request: IncomingMessage) => string,
): void {
  const folder = `${baseOf(ctx.req)}/ui/${ASSETS}`
  ctx.set({
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': [
      "default-src 'none'",
      `script-src ${folder}`,
      `style-src ${folder}`,
      `img-src ${folder}`,
      "connect-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'Referrer-Policy': 'no-referrer',
  })
  send(ctx, assets.get(PAGE)!)
}

function send(ctx: HandlerContext, { type, bytes, gzipped, etag }: Asset): void {
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
