import type { IncomingMessage } from 'node:http'
import type { Context, Next } from 'koa'
import { isHost } from '../base/host.ts'
import { RegistryError } from '../oci/errors.ts'

export interface CrossSiteOptions {
  /** The base of absolute addresses, as the client of a request knows this registry. */
  readonly baseOf: (request: IncomingMessage) => string
  /** Origins whose pages may make changes, too. */
  readonly allowed: readonly string[]
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Keeps pages of other sites from making changes. Browsers name the site of a page in `Origin`
 * (Fetch standard) and `Sec-Fetch-Site` (Fetch Metadata); other clients send neither.
 */
export function crossSite(options: CrossSiteOptions) {
  return async ({ req }: Context, next: Next): Promise<void> => {
    if (!READING.has(req.method ?? '') && isForeign(req, options)) {
      throw new RegistryError(
        'DENIED',
        'pages of other sites may not make changes here; if this is the console behind a proxy, set publicUrl or trustedProxies',
      )
    }
    await next()
  }
}

function isForeign(request: IncomingMessage, { baseOf, allowed }: CrossSiteOptions): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin !== undefined && allowed.includes(origin)) return false
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  if (origin === undefined) return false
  if (!URL.canParse(origin)) return true
  const { protocol, host } = new URL(origin)
  const base = new URL(baseOf(request))
  // A proxy that ends TLS connects with http. The reverse may be a page that was altered on the
  // way.
  if (protocol !== 'https:' && protocol !== base.protocol) return true
  return ![base.host, request.headers.host].some((name) => hostIn(protocol, name) === host)
}

/** HOST[:PORT] without the default port of the scheme, as in an origin. */
function hostIn(protocol: string, host: string | undefined): string | undefined {
  if (host === undefined || !isHost(host)) return undefined
  const url = `${protocol}//${host}`
  return URL.canParse(url) ? new URL(url).host : undefined
}
