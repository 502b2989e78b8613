import { useCallback, useEffect, useState } from 'preact/hooks'

/** A request to the registry that has no answer yet. */
export type Pending<Value> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'done'; readonly value: Value }

export type Asked<Value> = Pending<Value> & { readonly again: () => void }

/**
 * Asks when the page is shown and whenever `about` changes; an answer that comes too late is
 * dropped.
 */
export function useAnswer<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  about: string,
): Asked<Value> {
  const [pending, setPending] = useState<Pending<Value>>({ state: 'loading' })
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    const control = new AbortController()
    setPending({ state: 'loading' })
    load(control.signal).then(
      (value) => {
        if (!control.signal.aborted) setPending({ state: 'done', value })
      },
      (error: unknown) => {
        if (!control.signal.aborted) setPending({ state: 'failed', error })
      },
    )
    return () => control.abort()
  }, [about, turn])
  const again = useCallback(() => setTurn((before) => before + 1), [])
  return { ...pending, again }
}
