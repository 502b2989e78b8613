import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

const MOST_REDIRECTS = 5

/** Addresses of this machine and of the networks around it; also as mapped IPv6 addresses. */
const PRIVATE = new BlockList()
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  PRIVATE.addSubnet(address, bits, 'ipv4')
for (const [address, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(address, bits, 'ipv6')

/**
 * Fetches a URL. A registry may send its clients elsewhere, but not from https to http, and not
 * into
 * the networks of the client unless it is there itself.
 * @throws Error if it does
 */
export async function fetchFollowing(
  from: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  let url = new URL(from)
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    // Credentials are for the first origin alone.
    const { Authorization: _, ...others } = headers
    const sent = url.origin === new URL(from).origin ? headers : others
    const response = await fetch(url, { headers: sent, signal, redirect: 'manual' })
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || location === null) return response
    await response.body?.cancel()
    const next = new URL(location, url)
    await checkStep(url, next)
    url = next
  }
  throw new Error(`${from} redirects more than ${MOST_REDIRECTS} times`)
}

/** @throws Error if a registry at one URL may not send its clients to the other */
export async function checkStep(from: URL, to: URL): Promise<void> {
  const isDowngrade = from.protocol === 'https:' && to.protocol !== 'https:'
  if (isDowngrade || !/^https?:$/.test(to.protocol))
    throw new Error(`${from.origin} redirects to ${to.origin}, which has no TLS`)
  if (to.hostname === from.hostname) return
  if ((await isNear(to.hostname)) && !(await isNear(from.hostname)))
    throw new Error(`${from.origin} redirects to ${to.origin}, a private address`)
}

async function isNear(hostname: string): Promise<boolean> {
  const name = hostname.replace(/^\[(.*)\]$/, '$1')
  const addresses = isIP(name)
    ? [{ address: name, family: isIP(name) }]
    : await lookup(name, { all: true })
  return addresses.some(({ address, family }) =>
    PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4'),
  )
}
