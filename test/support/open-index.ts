import type { Index } from '../../storage/index/index.ts'
import type { Entry } from '../../storage/index-kv/key-value.ts'

/** A new, empty engine under test. */
export interface OpenIndex {
  readonly index: Index
  /** All rows. */
  readonly rows: () => Promise<Entry[]>
}

/** Declares a test of an index, after which the rows have to be consistent. */
export type IndexTest = (
  title: string,
  body: (index: Index, rows: OpenIndex['rows']) => Promise<void>,
) => void
