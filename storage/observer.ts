/** Hears of the work of the store, for metrics. */
export interface StorageObserver {
  /** So many operations became durable together, in so many milliseconds. */
  committed(operations: number, milliseconds: number): void
}
