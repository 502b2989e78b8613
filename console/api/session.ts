import type { BearerTokenAnswer } from '../../src/api/bearer-token.ts'
import { failureOf, Failure } from './failure.ts'

/** Somebody who signed in. The password is not among it: it was traded for the token. */
export interface Session {
  readonly token: string
  readonly account: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

const KEY = 'wasmoor.session'
const SCOPE = 'registry:account:*'
/** A token with less time than this is traded for the next one. Milliseconds. */
const RENEW_BEFORE = 10 * 60_000

let current: Session | undefined = read()
let renewing: Promise<void> | undefined

export function session(): Session | undefined {
  return current
}

/**
 * Trades a password, or an access token, for a session.
 * @throws Failure 401 if it is not right, 429 after too many guesses
 */
export async function signIn(account: string, password: string): Promise<void> {
  const bytes = new TextEncoder().encode(`${account}:${password}`)
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  const given = await trade(`Basic ${text}`)
  if (given.scope !== SCOPE) throw new Failure(401, 'UNAUTHORIZED', '')
  keep(given, account)
}

export function signOut(): void {
  current = undefined
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // There is none in some private windows: then the session ends with the page.
  }
}

/** `Authorization` for a request; undefined for nobody in particular. */
export async function authorization(): Promise<string | undefined> {
  const left = current ? current.expiresAt - Date.now() : Number.POSITIVE_INFINITY
  if (current && left > 0 && left < RENEW_BEFORE) {
    renewing ??= renew(current).finally(() => {
      renewing = undefined
    })
    await renewing
  }
  return current && `Bearer ${current.token}`
}

/** A token that cannot be renewed is used until it ends. */
async function renew({ token, account }: Session): Promise<void> {
  try {
    keep(await trade(`Bearer ${token}`), account)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
}

async function trade(credentials: string): Promise<BearerTokenAnswer> {
  const query = new URLSearchParams({ service: 'console', scope: SCOPE })
  const response = await fetch(`/token?${query.toString()}`, {
    credentials: 'omit',
    cache: 'no-store',
    headers: { Authorization: credentials },
  }).catch((error: unknown) => {
    throw new Failure(0, '', String(error))
  })
  if (!response.ok) throw await failureOf(response)
  return (await response.json()) as BearerTokenAnswer
}

function keep({ token, expires_in: lifetime }: BearerTokenAnswer, account: string): void {
  current = { token, account, expiresAt: Date.now() + lifetime * 1000 }
  try {
    sessionStorage.setItem(KEY, JSON.stringify(current))
  } catch {
    // As above.
  }
}

function read(): Session | undefined {
  try {
    const kept = sessionStorage.getItem(KEY)
    return kept === null ? undefined : (JSON.parse(kept) as Session)
  } catch {
    return undefined
  }
}
