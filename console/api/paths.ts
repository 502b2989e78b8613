/*
 * Addresses of the public API, and those of the console's own pages, which are written as
 * references are: `/ui/asm/filter:v1`. Names, tags and digests need no escape.
 */

export interface Place {
  readonly repository: string
  /** A tag or a digest. */
  readonly reference?: string
}

export const API = {
  session: '/v2/_wasmoor/whoami',
  repositories: (query: Query) => `/v2/_wasmoor/repositories${queryOf(query)}`,
  tags: (name: string, query: Query) => `/v2/${name}/_wasmoor/tags${queryOf(query)}`,
  tagsOf: (name: string, digest: string) => `/v2/${name}/_wasmoor/tags/${digest}`,
  manifest: (name: string, reference: string) => `/v2/${name}/manifests/${reference}`,
  blob: (name: string, digest: string) => `/v2/${name}/blobs/${digest}`,
  referrers: (name: string, digest: string) => `/v2/${name}/referrers/${digest}`,
  report: (name: string, reference: string, query: Query = {}) =>
    `/v2/${name}/_wasmoor/wasm/${reference}${queryOf(query)}`,
  snippet: (name: string, reference: string, kind: string) =>
    `/v2/${name}/_wasmoor/snippets/${reference}${queryOf({ for: kind })}`,
} as const

export type Query = Readonly<Record<string, string | undefined>>

export function queryOf(query: Query): string {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

export const HOME = '/ui/'
export const SIGN_IN = '/ui/_sign-in'

export function placePath({ repository, reference }: Place): string {
  if (reference === undefined) return `/ui/${repository}`
  return `/ui/${repository}${reference.includes(':') ? '@' : ':'}${reference}`
}

/** The place that a path of the console means; undefined for the list of repositories. */
export function readPlace(path: string): Place | undefined {
  const text = path.replace(/^\/(?:ui\/?)?/, '').replaceAll('%3A', ':')
  if (text === '') return undefined
  const [, repository = '', reference] = /^([^@:]+)(?:[@:](.+))?$/.exec(text) ?? []
  return { repository, ...(reference !== undefined && { reference }) }
}
