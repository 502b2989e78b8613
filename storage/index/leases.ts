/**
 * The subject of a lease. `removals`: collection is paused while one is held, so every key that the
 * Index knows keeps its bytes. Content can still be taken out of repositories.
 */
export type LeaseKind = 'removals'

/**
 * A hold that expires unless its holder renews it, so that a crashed holder does not block others
 * for long.
 */
export interface LeaseRecord {
  readonly kind: LeaseKind
  /** Unique among the leases of its kind. */
  readonly id: string
  /** The work that holds it, as a name for operators. */
  readonly holder: string
  /** When it was taken or last renewed. */
  readonly renewedAt: number
  readonly expiresAt: number
}

/** Several holders may have leases of one kind at a time. */
export interface Leases {
  take(lease: LeaseRecord): Promise<void>
  /**
   * Extends a lease. False if it has expired: what it was meant to prevent may have happened since.
   */
  renew(lease: Pick<LeaseRecord, 'kind' | 'id' | 'renewedAt' | 'expiresAt'>): Promise<boolean>
  /** Ends a lease. False if it has expired, see {@link renew}. */
  release(kind: LeaseKind, id: string): Promise<boolean>
  /** Includes expired leases that no operation has removed so far. */
  list(kind: LeaseKind): Promise<readonly LeaseRecord[]>
}
