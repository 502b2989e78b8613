import { algorithmOf, type Digest, encodedOf, isDigest } from '../src/oci/digest.ts'

/*
 * THE WHOLE STORE
 *
 * <data>/
 *   index/                                      Level: everything below "the index"; its LOCK makes one process the owner
 *   blobs/sha256/<00..ff>/<hex>.<generation>    finished bytes; the path below blobs/ is the key, never used twice
 *   blobs/sha512/<00..ff>/<hex>.<generation>
 *   uploads/<generation>                        unfinished bytes of upload sessions (more than 16 KiB of them)
 *   writable                                    tried out now and then by /readyz, and gone again
 *   signing-key.json                            what signs session tokens (mode 0600)
 *   admin.key                                   what opens the operator routes (mode 0600)
 *   index-damaged                               only where the index was found damaged, and why: it is then read-only
 *   backup-unfinished                           only in a backup that is being made, or whose making broke off
 *
 * THE INDEX   ("!" sorts before every character of names, tags and digests, so each list is in byte order)
 *
 * format                                        {version}: newer is refused, older is migrated
 * stored                                        {blobs, bytes}: of all blobs in the state "good"
 * sequence!<number>                             one per synced batch, the last few MiB of batches: a gap means lost records
 * repository!<name>                             {createdAt, pushedAt, manifests, tags, blobs, bytes}
 * manifest!<name>!<digest>                      {mediaType, size, pushedAt, subject?, artifactType?}
 * bytes!<name>!<digest>                         the manifest's exact bytes
 * references!<name>!<digest>                    [digest…] that the manifest names, for undoing the reverse rows
 * tag!<name>!<tag>                              {digest, pushedAt}
 * pushed!<name>!<time>!<tag>                    tags by time of push
 * link!<name>!<digest>                          {linkedAt, touchedAt?}: the blob is visible in the repository
 * blob!<digest>                                 {key, size, state, storedAt}: where the bytes are
 * content!<key>                                 bytes of a small blob, which has no file
 * facts!<digest>                               what was found out about the blob by its bytes, see Facts; goes with blob!<digest>
 * upload!<id>                                   an upload session, see UploadRecord
 * token!<id>                                    an access token, see AccessTokenRecord
 * lease!<kind>!<id>                             {holder, renewedAt, expiresAt}: holds something off, see LeaseKind
 * referrer!<name>!<subject>!<type>!<digest>     {mediaType, size, artifactType?, annotations}; type is a hash of artifactType
 *
 *   reverse
 * referenced!<name>!<digest>!<manifest>         the manifest names the digest (a blob, or a child of an index)
 * tagged!<name>!<digest>!<tag>                  the tag points at the digest
 * linked!<digest>!<name>                        the blob is linked in the repository
 *
 *   for collection
 * candidate!<kind>!<time>!<…>                   something that may have become unreferenced then, see CandidateKind
 * loose!<name>!<digest>                         {since}: where the manifest stands among the candidates, so that it does once
 * progress!<work>                               what collection and scrub have to know of themselves
 */

/** What a candidate row is about, and what follows the kind in its key. */
export type CandidateKind =
  | 'link' // <name>!<digest>   a blob link that may be named by no manifest
  | 'blob' // <digest>          a blob entry that may be linked nowhere
  | 'manifest' // <name>!<digest>   a manifest that may have no tag and no parent
  | 'key' // <key>!<digest>   bytes that no good entry may name

export const SEQUENCE = 'sequence'
export const FORMAT_KEY = 'format'
export const STORED_KEY = 'stored'
export const FORMAT_VERSION = 1

export const UPLOADS = 'uploads'
export const BLOBS = 'blobs'
export const INDEX = 'index'
export const WRITABLE = 'writable'
export const INDEX_DAMAGED = 'index-damaged'
export const BACKUP_UNFINISHED = 'backup-unfinished'

/** The rows under a prefix: every key that begins with the parts, each followed by "!". `"` is the character after "!". */
export function under(...parts: string[]): { gt: string; lt: string } {
  const prefix = parts.join('!')
  return { gt: `${prefix}!`, lt: `${prefix}"` }
}

/** Those of a range whose next part begins with a text that is not empty. Keys are ASCII: a text that is not fits none. */
export function beginning({ gt }: { gt: string }, text: string): { gt: string; lt: string } {
  const start = gt + text
  // Both ends are excluded, and a part may be just the text: the range opens after the last text before it.
  const before = String.fromCharCode(start.charCodeAt(start.length - 1) - 1)
  return { gt: `${start.slice(0, -1)}${before}\u{10ffff}`, lt: `${start}\u{10ffff}` }
}

/** The part of a key after its last "!". */
export function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('!') + 1)
}

export function rowKey(...parts: string[]): string {
  return parts.join('!')
}

/** A time in milliseconds that sorts as text. */
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

export function blobKey(digest: Digest, generation: string): string {
  const hex = encodedOf(digest)
  return `${algorithmOf(digest)}/${hex.slice(0, 2)}/${hex}.${generation}`
}

/** What the name of a file with a blob says; undefined if it is none of ours. */
export function parseBlobKey(key: string): { key: string; digest: Digest } | undefined {
  const found = /^(sha256|sha512)\/([0-9a-f]{2})\/(\2[0-9a-f]+)\.[0-9a-f]+$/.exec(key)
  const digest = found && `${found[1]}:${found[3]}`
  return digest && isDigest(digest) ? { key, digest } : undefined
}

/** What both kinds of keys end in. */
export function generationOf(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1)
}

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

/** Where blobs lie, each `<algorithm>/<two hex digits>`: made with the store, so that no commit makes a directory. */
export function blobDirectories(): string[] {
  const shards = Array.from({ length: 256 }, (_, shard) => shard.toString(16).padStart(2, '0'))
  return ['sha256', 'sha512'].flatMap((algorithm) => shards.map((shard) => `${algorithm}/${shard}`))
}
