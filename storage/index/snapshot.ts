/** A row as described in keys.ts. */
export type Row = readonly [key: string, value: Uint8Array]

/** The index as it was at one moment, unaffected by later changes. The caller closes it. */
export interface IndexSnapshot {
  /**
   * All rows that another store needs, in batches: everything but unfinished uploads and leases.
   */
  rows(): AsyncIterable<readonly Row[]>
  close(): Promise<void>
}
