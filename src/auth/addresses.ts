import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { isHost } from '../base/host.ts'
import type { Log } from '../base/log.ts'

export interface AddressesOptions {
  /** URL of this registry, without a path; undefined: the Host header of each request. */
  readonly publicUrl?: string | undefined
  /** Addresses or CIDR ranges of the proxies whose `X-Forwarded-*` headers are trusted. */
  readonly trustedProxies: readonly string[]
  readonly tls: boolean
  readonly log: Log
}

/** Finds the address of a client, and the URL by which it reaches this registry. */
export class Addresses {
  readonly #options: AddressesOptions
  readonly #trusted = new BlockList()
  #hasWarned = false

  /** @throws Error for an invalid range */
  constructor(options: AddressesOptions) {
    this.#options = options
    for (const range of options.trustedProxies) addRange(this.#trusted, range)
  }

  /**
   * The rightmost address of `X-Forwarded-For` that is not a trusted proxy. The search ends at an
   * invalid address, because nothing vouches for the addresses before it.
   */
  client(request: IncomingMessage): string {
    let client = request.socket.remoteAddress ?? ''
    const forwarded = list(request.headers['x-forwarded-for'])
    while (this.#isTrusted(client)) {
      const before = bareAddress(forwarded.pop() ?? '')
      if (before === undefined) break
      client = before
    }
    return client
  }

  /**
   * The URL by which the client reaches this registry, without a slash at its end. Without
   * publicUrl it has the Host of the request: oras rejects a token URL with another name than that.
   */
  base(request: IncomingMessage): string {
    if (this.#options.publicUrl !== undefined) return this.#options.publicUrl
    const { headers, socket } = request
    const trusted = this.#isTrusted(socket.remoteAddress ?? '')
    const protocol = list(headers['x-forwarded-proto'])[0]?.toLowerCase()
    if (!trusted && protocol === 'https' && !this.#options.tls) this.#warnOnce(request)
    const isSecure = trusted && protocol ? protocol === 'https' : this.#options.tls
    const host = [this.forwardedHost(request), headers.host].find(
      (name) => name !== undefined && isHost(name),
    )
    return `${isSecure ? 'https' : 'http'}://${host ?? localHost(socket)}`
  }

  /** The host that the nearest trusted proxy was asked for. */
  forwardedHost({ headers, socket }: IncomingMessage): string | undefined {
    const isTrusted = this.#isTrusted(socket.remoteAddress ?? '')
    return isTrusted ? list(headers['x-forwarded-host'])[0] : undefined
  }

  #isTrusted(address: string): boolean {
    // Checking an empty list costs as much as a hash.
    if (this.#options.trustedProxies.length === 0) return false
    const family = isIP(address)
    return family !== 0 && this.#trusted.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }

  #warnOnce(request: IncomingMessage): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    this.#options.log.warn(
      { peer: request.socket.remoteAddress },
      'ignored X-Forwarded-Proto: https of an untrusted proxy: add its address to trustedProxies, or set publicUrl',
    )
  }
}

function addRange(ranges: BlockList, range: string): void {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(range) ?? []
  const family = isIP(address)
  const bits = family === 6 ? 128 : 32
  const prefix = length === undefined ? bits : Number(length)
  if (family === 0 || prefix > bits) {
    throw new Error(`trustedProxies: ${range} is not an address or a CIDR range such as 10.0.0.0/8`)
  }
  ranges.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
}

/** Removes the port that some proxies add: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function bareAddress(text: string): string | undefined {
  const found = /^\[([^\]]+)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text)
  const address = found?.[1] ?? found?.[2] ?? text
  return isIP(address) === 0 ? undefined : address
}

function localHost({ localAddress = '', localPort }: IncomingMessage['socket']): string {
  return `${isIPv6(localAddress) ? `[${localAddress}]` : localAddress}:${localPort}`
}

function list(header: string | string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '')
}
