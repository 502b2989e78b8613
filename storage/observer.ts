/** Is notified of the work of the store, for metrics. */
export interface StorageObserver {
  /** A number of operations became durable together, in so many milliseconds. */
  committed(operations: number, milliseconds: number): void
}
