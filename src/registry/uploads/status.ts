import type { UploadRecord } from '../../../storage/index/uploads.ts'
import { RegistryError } from '../../oci/errors.ts'

export interface UploadStatus {
  readonly id: string
  readonly repository: string
  /** Bytes that are kept. */
  readonly offset: number
}

export function statusOf({ id, repository, state }: UploadRecord): UploadStatus {
  return { id, repository, offset: state.offset }
}

/** distribution-spec v1.1, "Pushing a blob in chunks": where the session is, `0-0` also before the first byte. */
export function statusHeaders({ id, repository, offset }: UploadStatus): Record<string, string> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    Range: `0-${Math.max(0, offset - 1)}`,
    'Docker-Upload-UUID': id,
  }
}

/** @throws RegistryError RANGE_INVALID, with headers that say where to go on */
export function checkStart(record: UploadRecord, start: number | undefined): void {
  const { offset } = record.state
  if (start === undefined || start === offset) return
  throw new RegistryError(
    'RANGE_INVALID',
    `the session holds ${offset} bytes: go on from there, not from ${start}`,
    { headers: statusHeaders(statusOf(record)) },
  )
}
