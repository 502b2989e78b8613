import type { RegistryError } from '../../src/oci/errors.ts'

/** The state of the index, known without I/O. */
export interface IndexState {
  /**
   * Whether writes are accepted now; if not, the reason for operators and the failure for clients.
   */
  readonly health: {
    readonly writable: boolean
    readonly reason?: string
    readonly failure?: RegistryError
  }
  /** Operations whose changes are not durable yet. */
  readonly waiting: number
  /**
   * Blobs that can be served, and their bytes. Each counts once, in however many repositories it is
   * linked.
   */
  readonly stored: { readonly blobs: number; readonly bytes: number }
}
