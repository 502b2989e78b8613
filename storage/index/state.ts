import type { RegistryError } from '../../src/oci/errors.ts'

/** What is known of an index without asking it for anything. */
export interface IndexState {
  /** Whether writes are taken now; if not, why, and what whoever would write is told. */
  readonly health: {
    readonly writable: boolean
    readonly reason?: string
    readonly failure?: RegistryError
  }
  /** Operations whose changes are not durable yet. */
  readonly waiting: number
  /** Blobs that can be had, and their bytes, each once however many repositories link it. */
  readonly stored: { readonly blobs: number; readonly bytes: number }
}
