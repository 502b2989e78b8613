import type { IncomingMessage } from 'node:http'
import type { Context, Next } from 'koa'
import { isHost } from '../base/host.ts'
import { RegistryError } from '../oci/errors.ts'

export interface CrossSiteOptions {
  /** The base of absolute addresses, as the client of a request knows this registry. */
  readonly baseOf: (request: IncomingMessage) => string
  /**
   * Set where everybody who reaches the registry may do everything and only this machine reaches it: then whoever owns a name
   * could let it mean this machine, and browsers here would take the registry for a part of that site.
   */
  readonly onlyLocal: boolean
  readonly publicUrl: string | null
  /** Origins whose pages may change something, too. */
  readonly allowed: readonly string[]
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])
const LOOPBACK = /^(?:(?:.+\.)?localhost\.?|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i

/**
 * Keeps pages of other sites, of which the registry knows by what browsers say of themselves (Fetch standard, `Origin`; Fetch
 * Metadata, `Sec-Fetch-Site`), from changing anything. Clients that are no browsers send neither.
 */
export function crossSite(options: CrossSiteOptions) {
  return async ({ req }: Context, next: Next): Promise<void> => {
    if (options.onlyLocal && isByBrowser(req) && !isLocal(req, options)) {
      throw new RegistryError(
        'DENIED',
        'an open registry on loopback takes requests of a browser only under the name localhost; set publicUrl if it has another',
      )
    }
    if (!READING.has(req.method ?? '') && isForeign(req, options)) {
      throw new RegistryError(
        'DENIED',
        'pages of other sites may change nothing here; if this is the console behind a proxy, set publicUrl or trustedProxies',
      )
    }
    await next()
  }
}

/** Whether there is a header that only browsers send. */
export function isByBrowser({ headers }: IncomingMessage): boolean {
  return (
    headers.origin !== undefined ||
    headers['sec-fetch-site'] !== undefined ||
    headers['sec-fetch-mode'] !== undefined ||
    headers['sec-fetch-dest'] !== undefined
  )
}

/** Whether a host name or address, without a port, means this machine to everybody. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}

function isLocal({ headers: { host = '' } }: IncomingMessage, { publicUrl }: CrossSiteOptions) {
  return (
    isLoopback(host.replace(/:\d+$/, '')) ||
    (publicUrl !== null && new URL(publicUrl).host === host.toLowerCase())
  )
}

function isForeign(request: IncomingMessage, { baseOf, allowed }: CrossSiteOptions): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin !== undefined && allowed.includes(origin)) return false
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  if (origin === undefined) return false
  if (!URL.canParse(origin)) return true
  const { protocol, host } = new URL(origin)
  const base = new URL(baseOf(request))
  // A proxy that ends TLS leaves us with http. The other way round somebody on the way may have written the page.
  if (protocol !== 'https:' && protocol !== base.protocol) return true
  return ![base.host, request.headers.host].some((name) => hostIn(protocol, name) === host)
}

/** Without the port that the scheme has anyway, as an origin is written. */
function hostIn(protocol: string, host: string | undefined): string | undefined {
  if (host === undefined || !isHost(host)) return undefined
  const url = `${protocol}//${host}`
  return URL.canParse(url) ? new URL(url).host : undefined
}
