/**
 * At most `limit` entries of an ordered list that come after `after`, which need not exist itself.
 */
export interface PageRequest {
  readonly after?: string
  readonly limit: number
}

export interface Page<T> {
  readonly entries: readonly T[]
  /** Whether there are entries after the last one of this page. */
  readonly more: boolean
}
