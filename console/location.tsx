import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { type Query, queryOf } from './api/paths.ts'

/** Where in the console somebody is: the path and the query of the page's address. */
export interface Whereabouts {
  readonly path: string
  readonly query: URLSearchParams
}

const MOVED = 'wasmoor:moved'

export function useWhereabouts(): Whereabouts {
  const [whereabouts, setWhereabouts] = useState(read)
  useEffect(() => {
    const moved = () => setWhereabouts(read())
    for (const event of ['popstate', MOVED]) window.addEventListener(event, moved)
    return () => {
      for (const event of ['popstate', MOVED]) window.removeEventListener(event, moved)
    }
  }, [])
  return whereabouts
}

/** Goes to another page of the console, or to another state of this one. */
export function go(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  window.dispatchEvent(new Event(MOVED))
}

/** This page with some of its query changed. */
export function withQuery({ path, query }: Whereabouts, changed: Query): string {
  return path + queryOf({ ...Object.fromEntries(query), ...changed })
}

interface LinkProps {
  readonly to: string
  readonly children: ComponentChildren
  readonly class?: string
  readonly title?: string
  readonly current?: boolean
}

/** A link within the console; the browser does the rest with a modifier key. */
export function Link({ to, children, current, ...more }: LinkProps) {
  return (
    <a
      href={to}
      {...more}
      {...(current && { 'aria-current': 'page' })}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
          return
        event.preventDefault()
        go(to)
        window.scrollTo(0, 0)
      }}
    >
      {children}
    </a>
  )
}

function read(): Whereabouts {
  const { pathname, search } = window.location
  return { path: pathname, query: new URLSearchParams(search) }
}
