import type { WriterState } from '../blob-store.ts'
import type { Page, PageRequest } from './page.ts'

/**
 * An upload session. The bytes up to its offset were made durable before the record was written.
 */
export interface UploadRecord {
  readonly id: string
  readonly repository: string
  /** The account that opened it; empty for anonymous callers. */
  readonly owner: string
  /** The network of an anonymous caller that opened it. */
  readonly network?: string
  readonly state: WriterState
  readonly startedAt: number
  /** Time of the last byte. */
  readonly touchedAt: number
}

/**
 * Changes survive the end of the process, not of the machine: after a power cut a session may be
 * gone or be at an earlier offset, never at an offset whose bytes are lost.
 */
export interface Uploads {
  get(id: string): Promise<UploadRecord | undefined>
  put(record: UploadRecord): Promise<void>
  delete(id: string): Promise<void>
  /** By id. */
  list(page: PageRequest): Promise<Page<UploadRecord>>
}
