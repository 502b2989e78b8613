import type { UploadRecord } from '../../../storage/index/uploads.ts'
import { RegistryError } from '../../oci/errors.ts'

/** The bytes of a request, and how to end them early. */
export interface UploadBody {
  /** A chunk is valid until the next one is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** Length in bytes, if the request gives it. */
  readonly length?: number | undefined
  /** Makes `chunks` fail soon, because another request takes over the session. */
  abort(): void
}

/** The part of a blob that one request uploads. */
export interface UploadPart {
  readonly body: UploadBody
  /** Offset in bytes, as given by the request (default: where the session ends). */
  readonly start?: number | undefined
  /** Length in bytes, as given by the request. */
  readonly length?: number | undefined
}

/** How far an upload session has come. */
export interface UploadStatus {
  readonly id: string
  readonly repository: string
  /** Bytes that the session holds. */
  readonly offset: number
}

export function uploadStatus({ id, repository, state }: UploadRecord): UploadStatus {
  return { id, repository, offset: state.offset }
}

/**
 * distribution-spec v1.1, "Pushing a blob in chunks": address and range of a session, `0-0` also
 * before the first byte.
 */
export function statusHeaders({ id, repository, offset }: UploadStatus): Record<string, string> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    Range: `0-${Math.max(0, offset - 1)}`,
    'Docker-Upload-UUID': id,
  }
}

/** @throws RegistryError RANGE_INVALID, with headers that tell the client where to resume */
export function assertStart(record: UploadRecord, start: number | undefined): void {
  const { offset } = record.state
  if (start === undefined || start === offset) return
  throw new RegistryError(
    'RANGE_INVALID',
    `the session holds ${offset} bytes: resume from there, not from ${start}`,
    { headers: statusHeaders(uploadStatus(record)) },
  )
}
