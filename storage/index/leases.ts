/**
 * What a lease is on. `removals`: nothing that is stored goes away while it is held; content may still be taken out of
 * repositories, but collection forgets nothing, so every key that the Index names keeps its bytes.
 */
export type LeaseKind = 'removals'

/** A claim that ends by itself unless its holder renews it, so that one who ended without a word holds nothing up for long. */
export interface LeaseRecord {
  readonly kind: LeaseKind
  /** Unique among those of its kind. */
  readonly id: string
  /** Who holds it and what for, for people. */
  readonly holder: string
  /** When it was taken or renewed last. */
  readonly renewedAt: number
  readonly expiresAt: number
}

/** Several may hold leases of one kind at a time. */
export interface Leases {
  take(lease: LeaseRecord): Promise<void>
  /**
   * Lets a lease go on. False if it is no more: it ran out, and what it was to hold off may have happened since it was taken.
   */
  renew(lease: Pick<LeaseRecord, 'kind' | 'id' | 'renewedAt' | 'expiresAt'>): Promise<boolean>
  /** Ends a lease. False if it was no more, see {@link renew}. */
  release(kind: LeaseKind, id: string): Promise<boolean>
  /** Also those that ran out and that nobody took notice of so far. */
  list(kind: LeaseKind): Promise<readonly LeaseRecord[]>
}
