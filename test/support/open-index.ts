import type { Index } from '../../storage/index/index.ts'
import type { Entry } from '../../storage/index-kv/key-value.ts'

/** An engine under test, new and empty. */
export interface OpenIndex {
  readonly index: Index
  /** Everything that it keeps. */
  readonly rows: () => Promise<Entry[]>
}

/** A test of an index; whatever it did, the rows have to agree with each other in the end. */
export type IndexTest = (
  title: string,
  body: (index: Index, rows: OpenIndex['rows']) => Promise<void>,
) => void
