/** A page of a list in byte order: at most `limit` entries after (not including) `after`, which need not exist. */
export interface PageRequest {
  readonly after?: string
  readonly limit: number
}

export interface Page<T> {
  readonly entries: readonly T[]
  /** Whether there are entries after the last one of this page. */
  readonly more: boolean
}
