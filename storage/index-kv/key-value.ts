/** A key range in byte order, both ends excluded. */
export interface KeyRange {
  readonly gt: string
  readonly lt: string
}

export type Entry = readonly [key: string, value: Uint8Array]

/** New values by key; undefined removes the key. */
export type Changes = ReadonlyMap<string, Uint8Array | undefined>

/** A store as it was at one moment, unaffected by later changes. The caller closes it. */
export interface KeyValueSnapshot {
  /** All entries in byte order, in batches. */
  entries(): AsyncIterable<readonly Entry[]>
  close(): Promise<void>
}

/**
 * The ordered, atomic store below the key-value Index. After a crash, a synced write is there; an
 * unsynced write may be lost in a power cut, even if a later synced one is there; no write is there
 * in part.
 */
export interface KeyValue {
  /**
   * Set after a failed write until {@link recover} succeeds: acknowledged rows can be read, nothing
   * can be written.
   */
  readonly failure: Error | undefined
  get(key: string): Uint8Array | undefined
  /** The first `limit` entries of the range; all of them if it is infinite. */
  entries(range: KeyRange, limit: number): Promise<Entry[]>
  /** The first `limit` keys of the range; all of them if it is infinite. */
  keys(range: KeyRange, limit: number): Promise<string[]>
  /** The last `limit` keys of the range, in descending order. */
  lastKeys(range: KeyRange, limit: number): Promise<string[]>
  /** Includes every write that has resolved. */
  snapshot(): KeyValueSnapshot
  write(changes: Changes, sync: boolean): Promise<void>
  /**
   * After a failed write: makes the store writable again, with every acknowledged write, or fails.
   */
  recover(): Promise<void>
  close(): Promise<void>
}
