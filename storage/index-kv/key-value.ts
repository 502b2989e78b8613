/** A key range in byte order, both ends excluded. */
export interface KeyRange {
  readonly gt: string
  readonly lt: string
}

export type Entry = readonly [key: string, value: Uint8Array]

/** New values by key; undefined removes the key. */
export type Changes = ReadonlyMap<string, Uint8Array | undefined>

/** A store as it was at one moment, however it changes meanwhile. Whoever takes one closes it. */
export interface KeyValueSnapshot {
  /** All entries in byte order, some at a time. */
  entries(): AsyncIterable<readonly Entry[]>
  close(): Promise<void>
}

/**
 * The ordered, atomic store under the Index's one implementation. What a crash may do to it: a synced write is kept; an
 * unsynced one may be lost in a power cut, even where a later synced one is kept; no write is kept in part.
 */
export interface KeyValue {
  /** Set after a failed write until {@link recover} succeeds: what was acknowledged is still read, nothing is written. */
  readonly failure: Error | undefined
  get(key: string): Uint8Array | undefined
  /** The first `limit` entries of the range; all of them if it is infinite. */
  entries(range: KeyRange, limit: number): Promise<Entry[]>
  /** The first `limit` keys of the range; all of them if it is infinite. */
  keys(range: KeyRange, limit: number): Promise<string[]>
  /** The last `limit` keys of the range, the last one first. */
  lastKeys(range: KeyRange, limit: number): Promise<string[]>
  /** With every write that has resolved. */
  snapshot(): KeyValueSnapshot
  write(changes: Changes, sync: boolean): Promise<void>
  /** After a failed write: makes the store writable again, keeping every acknowledged write, or fails. */
  recover(): Promise<void>
  close(): Promise<void>
}
