import { Failure, failureOf } from './failure.ts'
import { authorization, session, signOut } from './session.ts'

export interface Answer<Body> {
  readonly body: Body
  readonly headers: Headers
  /** The path of the next page of a list. */
  readonly next: string | undefined
}

/** Called when the registry does not take, or no longer takes, what we come with. */
let refused: (had: boolean) => void = () => undefined

export function onRefused(listener: typeof refused): void {
  refused = listener
}

interface Sent {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly accept?: string
  readonly signal?: AbortSignal
}

/**
 * Asks the registry. Nothing but the session's token says who asks: no cookie, no password that the
 * browser keeps.
 * @throws Failure
 */
export async function send(
  path: string,
  { method = 'GET', accept, signal }: Sent = {},
): Promise<Response> {
  const sentAs = await authorization()
  const headers = {
    ...(accept !== undefined && { Accept: accept }),
    ...(sentAs !== undefined && { Authorization: sentAs }),
  }
  let response: Response
  try {
    const options = { method, headers, credentials: 'omit', cache: 'no-cache' } as const
    response = await fetch(path, { ...options, ...(signal && { signal }) })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Failure(0, '', String(error))
  }
  if (response.ok) return response
  const failure = await failureOf(response)
  if (failure.status === 401) {
    const had = session() !== undefined
    signOut()
    refused(had)
  }
  throw failure
}

/** @throws Failure */
export async function ask<Body>(path: string, sent?: Sent): Promise<Answer<Body>> {
  const response = await send(path, sent)
  const link = /^<([^>]+)>; *rel="next"$/.exec(response.headers.get('Link') ?? '')
  return { body: (await response.json()) as Body, headers: response.headers, next: link?.[1] }
}

/** @throws Failure */
export async function askText(path: string, sent?: Sent): Promise<string> {
  return (await send(path, sent)).text()
}
