import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Log } from '../oci/log.ts'

export interface AddressesOptions {
  /** What clients call this registry, without a path; absent: whatever their Host header says. */
  readonly publicUrl?: string | undefined
  /** CIDR ranges of proxies whose `X-Forwarded-*` headers count. */
  readonly trustedProxies: readonly string[]
  readonly tls: boolean
  readonly log: Log
}

/** Who a request comes from, and under which address the client knows this registry. */
export class Addresses {
  readonly #options: AddressesOptions
  readonly #trusted = new BlockList()
  #told = false

  /** @throws Error for a range that is none */
  constructor(options: AddressesOptions) {
    this.#options = options
    for (const range of options.trustedProxies) addRange(this.#trusted, range)
  }

  /** The rightmost address that is no trusted proxy. */
  client(request: IncomingMessage): string {
    const peer = request.socket.remoteAddress ?? ''
    if (!this.#isTrusted(peer)) return peer
    const forwarded = list(request.headers['x-forwarded-for']).toReversed()
    return forwarded.find((address) => !this.#isTrusted(address)) ?? forwarded.at(-1) ?? peer
  }

  /**
   * The base of absolute addresses, without a slash at its end. Made from the request's own Host unless configured:
   * oras refuses a token address under another name than the one it asked.
   */
  base(request: IncomingMessage): string {
    if (this.#options.publicUrl !== undefined) return this.#options.publicUrl
    const trusted = this.#isTrusted(request.socket.remoteAddress ?? '')
    const [protocol] = list(request.headers['x-forwarded-proto'])
    if (!trusted && protocol === 'https' && !this.#options.tls) this.#tellOnce(request)
    const scheme = trusted && protocol ? protocol : this.#options.tls ? 'https' : 'http'
    const [host] = trusted ? list(request.headers['x-forwarded-host']) : []
    const { localAddress = '', localPort } = request.socket
    return `${scheme === 'https' ? 'https' : 'http'}://${host ?? request.headers.host ?? `${isIPv6(localAddress) ? `[${localAddress}]` : localAddress}:${localPort}`}`
  }

  #isTrusted(address: string): boolean {
    const family = isIP(address)
    if (family === 0) return false
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
    return mapped === undefined
      ? this.#trusted.check(address, family === 6 ? 'ipv6' : 'ipv4')
      : this.#trusted.check(mapped)
  }

  #tellOnce(request: IncomingMessage): void {
    if (this.#told) return
    this.#told = true
    this.#options.log.warn(
      { peer: request.socket.remoteAddress },
      'a proxy says X-Forwarded-Proto: https, but is not trusted: add its address to trustedProxies, or set publicUrl',
    )
  }
}

function addRange(ranges: BlockList, range: string): void {
  const [address = '', length] = range.split('/')
  const family = isIP(address)
  const bits = family === 6 ? 128 : 32
  const prefix = length === undefined ? bits : Number(length)
  if (family === 0 || !/^\d{0,3}$/.test(length ?? '') || prefix > bits) {
    throw new Error(`trustedProxies: ${range} is no address or CIDR range, such as 10.0.0.0/8`)
  }
  ranges.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
}

function list(header: string | string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '')
}
