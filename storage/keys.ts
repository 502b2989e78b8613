import { algorithmOf, type Digest, encodedOf, isDigest } from '../src/oci/digest.ts'
import type { StoredKey } from './blob-store.ts'
import type { CandidateKind } from './index/candidates.ts'

/*
 * THE WHOLE STORE
 *
 * <data>/
 *   index/                                      Level database with all rows below; its LOCK makes
 * one process the owner
 *   index/lost/                                 files that a repair of the index could not use
 *   blobs/sha256/<00..ff>/<hex>.<generation>    finished bytes; the path below blobs/ is the key,
 * never used twice
 *   blobs/sha512/<00..ff>/<hex>.<generation>
 *   uploads/<generation>                        unfinished bytes of upload sessions (more than 16
 * KiB of them)
 *   writable                                    written and deleted again by /readyz, to see
 * whether the disk takes writes
 *   probe                                       the same before a failed index is reopened, which
 * needs room
 *   signing-key.json                            signs bearer tokens (mode 0600)
 *   admin.key                                   opens the operator routes (mode 0600)
 *   index-damaged                               the damage that was found in the index, which is
 * read-only while it is there
 *   backup-unfinished                           marks a backup that is being made, or was
 * interrupted
 *
 * THE INDEX   ("!" sorts before every character of names, tags and digests, so each list is in byte
 * order)
 *
 * format                                        {version, from?}: newer is refused, older is
 * migrated at the start
 * stored                                        {blobs, bytes}: of all blobs in the state "good"
 * sequence!<number>                             one per synced batch, for the last few MiB of
 * batches: a gap means lost rows
 * repository!<name>                             {createdAt, pushedAt, manifests, tags, blobs,
 * bytes}
 * manifest!<name>!<digest>                      {mediaType, size, pushedAt, subject?,
 * artifactType?, state?}
 * bytes!<name>!<digest>                         the manifest's exact bytes
 * references!<name>!<digest>                    [digest…] that the manifest refers to, for deleting
 * the reverse rows
 * tag!<name>!<tag>                              {digest, pushedAt}
 * pushed!<name>!<time>!<tag>                    tags by time of push
 * link!<name>!<digest>                          {linkedAt, touchedAt?}: the blob is visible in the
 * repository
 * blob!<digest>                                 {key, size, state, storedAt}: where the bytes are
 * content!<key>                                 bytes of a small blob, which has no file
 * facts!<digest>                                what was read from the blob's bytes, see Facts;
 * deleted with blob!<digest>
 * upload!<id>                                   an upload session, see UploadRecord
 * token!<id>                                    an access token, see AccessTokenRecord
 * lease!<kind>!<id>                             {holder, renewedAt, expiresAt}, see LeaseKind
 * referrer!<name>!<subject>!<type>!<digest>     {mediaType, size, artifactType?, annotations}; type
 * is a hash of artifactType
 *
 *   reverse
 * referenced!<name>!<digest>!<manifest>         the manifest refers to the digest (a blob, or a
 * child of an index)
 * tagged!<name>!<digest>!<tag>                  the tag points at the digest
 * linked!<digest>!<name>                        the blob is linked in the repository
 *
 *   for collection
 * candidate!<kind>!<time>!<object…>             content that may have become unreferenced at that
 * time, see CandidateKind
 * unreferenced!<name>!<digest>                  {since}: the time of the manifest's candidate row,
 * of which there is one
 * progress!<work>                               the state of collection and scrub
 */

export const SEQUENCE = 'sequence'
export const FORMAT_KEY = 'format'
export const STORED_KEY = 'stored'
/** 2 since rows `loose!…` are called `unreferenced!…`, see index-kv/migrations.ts. */
export const FORMAT_VERSION = 2

export const UPLOADS = 'uploads'
export const BLOBS = 'blobs'
export const INDEX = 'index'
export const WRITABLE = 'writable'
export const PROBE = 'probe'
export const INDEX_DAMAGED = 'index-damaged'
export const BACKUP_UNFINISHED = 'backup-unfinished'

/**
 * The range of all keys that begin with the parts, each followed by "!". `"` is the character after
 * "!".
 */
export function under(...parts: string[]): { gt: string; lt: string } {
  const prefix = parts.join('!')
  return { gt: `${prefix}!`, lt: `${prefix}"` }
}

/**
 * The keys of a range whose next part begins with a text, which must not be empty. Keys are ASCII:
 * a text with other characters matches none.
 */
export function beginning({ gt }: { gt: string }, text: string): { gt: string; lt: string } {
  const start = gt + text
  // Both ends are excluded, and a part may equal the text: the range opens after the last text
  // before it.
  const before = String.fromCharCode(start.charCodeAt(start.length - 1) - 1)
  return { gt: `${start.slice(0, -1)}${before}\u{10ffff}`, lt: `${start}\u{10ffff}` }
}

/** The part of a row's key after its last "!". */
export function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('!') + 1)
}

/** The key of a row in the index. */
export function rowKey(...parts: string[]): string {
  return parts.join('!')
}

/** A time in milliseconds as text that sorts by time. */
export function sortableTime(milliseconds: number): string {
  return milliseconds.toString().padStart(15, '0')
}

export function candidateKey(
  kind: CandidateKind,
  time: number,
  ...object: readonly string[]
): string {
  return rowKey('candidate', kind, sortableTime(time), ...object)
}

const SMALL_PREFIX = 'small/'

/** The key of bytes in a file. */
export function blobKey(digest: Digest, generation: string): string {
  const hex = encodedOf(digest)
  return `${algorithmOf(digest)}/${hex.slice(0, 2)}/${hex}.${generation}`
}

/** The key and digest of a path below `blobs/`; undefined if it is no file of the store. */
export function parseBlobKey(path: string): StoredKey | undefined {
  const found = /^(sha256|sha512)\/([0-9a-f]{2})\/(\2[0-9a-f]+)\.[0-9a-f]+$/.exec(path)
  const digest = found && `${found[1]}:${found[3]}`
  return digest && isDigest(digest) ? { key: path, digest } : undefined
}

/** The generation, with which both kinds of keys end. */
export function generationOf(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1)
}

/** The key of bytes that the index stores. */
export function smallKey(digest: Digest, generation: string): string {
  return `${SMALL_PREFIX}${digest}.${generation}`
}

export function isSmallKey(key: string): boolean {
  return key.startsWith(SMALL_PREFIX)
}

export function blobPath(key: string): string {
  return `${BLOBS}/${key}`
}

export function uploadPath(generation: string): string {
  return `${UPLOADS}/${generation}`
}

/**
 * The directories below `blobs/`, `<algorithm>/<two hex digits>`. They are created with the store,
 * so no commit has to.
 */
export function blobDirectories(): string[] {
  const shards = Array.from({ length: 256 }, (_, shard) => shard.toString(16).padStart(2, '0'))
  return ['sha256', 'sha512'].flatMap((algorithm) => shards.map((shard) => `${algorithm}/${shard}`))
}
