import type { ByteRange } from '../../storage/blob-store.ts'
import type { BlobRecord } from '../../storage/index/blobs.ts'
import type { ManifestRecord } from '../../storage/index/manifests.ts'
import type { Condition } from '../../storage/index/condition.ts'
import { OCTET_STREAM } from '../oci/media-types.ts'
import { RegistryError } from '../oci/errors.ts'

export type Headers = Record<string, string>

/** Headers of every answer under /v2/: browsers must not run content that clients pushed. */
export const SAFETY: Readonly<Headers> = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
  'Docker-Distribution-Api-Version': 'registry/2.0',
}

export function manifestHeaders({ digest, mediaType, size }: ManifestRecord): Headers {
  return { ...contentHeaders(digest, size), 'Content-Type': mediaType }
}

export function blobHeaders({ digest, size }: BlobRecord): Headers {
  return { ...contentHeaders(digest, size), 'Content-Type': OCTET_STREAM, 'Accept-Ranges': 'bytes' }
}

function contentHeaders(digest: string, size: number): Headers {
  return { 'Content-Length': String(size), 'Docker-Content-Digest': digest, ETag: `"${digest}"` }
}

/**
 * RFC 9110, section 8.8.3: entity tags of a list, read as digests; weak tags never match a digest.
 */
function entityTags(header: string): readonly string[] | '*' {
  if (header.trim() === '*') return '*'
  return header
    .split(',')
    .map((tag) => /^\s*"([^"]*)"\s*$/.exec(tag)?.[1])
    .filter((tag) => tag !== undefined)
}

/** If-None-Match compares weakly (RFC 9110, section 13.1.2). */
function weakEntityTags(header: string): readonly string[] | '*' {
  return entityTags(header.replaceAll(/(^|,)\s*W\//g, '$1'))
}

/** The precondition of a write, if the client sent one. */
export function writeCondition(headers: {
  'if-match'?: string | undefined
  'if-none-match'?: string | undefined
}): Condition | undefined {
  const match = headers['if-match']
  const noneMatch = headers['if-none-match']
  if (match === undefined && noneMatch === undefined) return undefined
  return {
    ...(match !== undefined && { match: entityTags(match) }),
    ...(noneMatch !== undefined && { noneMatch: weakEntityTags(noneMatch) }),
  }
}

/** Whether a read is answered by 304 Not Modified. */
export function isNotModified(ifNoneMatch: string | undefined, digest: string): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = weakEntityTags(ifNoneMatch)
  return tags === '*' || tags.includes(digest)
}

/**
 * RFC 9110, section 14: a single range of bytes. Undefined if the whole content is to be sent:
 * there is no range, or another unit, or several ranges.
 * @throws RegistryError RANGE_INVALID (416) where nothing of the range is inside; also for an end
 *   before its start
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const found = /^bytes=\s*(\d*)-(\d*)\s*$/.exec(header ?? '')
  if (!found) return undefined
  const [, first = '', last = ''] = found
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start <= end) return { start, end }
  // Section 14.1.2: a suffix range of empty content is valid, but Content-Range cannot express it.
  if (size === 0 && first === '' && Number(last) > 0) return undefined
  throw new RegistryError(
    'RANGE_INVALID',
    `the range is outside of the blob, which has ${size} bytes`,
    {
      headers: { 'Content-Range': `bytes */${size}` },
    },
  )
}

/**
 * `Content-Range` of an upload: `<start>-<end>` without unit (distribution-spec v1.1, "Pushing a
 * blob in chunks"); the form of RFC 9110 is taken too, because clients send it.
 * @throws RegistryError BLOB_UPLOAD_INVALID
 */
export function readContentRange(
  header: string | undefined,
): { start: number; length: number } | undefined {
  if (header === undefined) return undefined
  const found = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/.exec(header.trim())
  const start = Number(found?.[1])
  const end = Number(found?.[2])
  if (!found || end < start) {
    throw new RegistryError(
      'BLOB_UPLOAD_INVALID',
      'Content-Range must be <first byte>-<last byte>, such as 0-1023',
    )
  }
  return { start, length: end - start + 1 }
}
