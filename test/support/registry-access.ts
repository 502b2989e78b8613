import type { Digest } from '../../src/oci/digest.ts'
import type { BuiltManifest, Content } from './artifact.ts'

/**
 * The operations of a registry, in this process or over HTTP, for tests that run against both.
 * Regular outcomes, such as unknown content, are results; all other errors are thrown.
 */
export interface RegistryAccess {
  /** Uploads a blob in a single request. */
  pushBlob(repository: string, content: Content): Promise<void>
  /** Opens an upload session and returns its id. */
  startUpload(repository: string): Promise<string>
  /** Bytes that the session holds; undefined for an unknown session. */
  uploadOffset(repository: string, id: string): Promise<number | undefined>
  /** Adds bytes and returns how many the session then holds; undefined for an unknown session. */
  append(
    repository: string,
    id: string,
    chunk: Uint8Array,
    start: number,
  ): Promise<number | undefined>
  /** Sends `sent` bytes of the chunk and breaks the request off. */
  appendBroken(repository: string, id: string, chunk: Uint8Array, sent: number): Promise<void>
  /** Sends the rest and closes the session; false for an unknown session. */
  finish(repository: string, id: string, digest: Digest, rest: Uint8Array): Promise<boolean>
  cancel(repository: string, id: string): Promise<boolean>
  /** False if the blob is not in `from`. */
  mount(repository: string, digest: Digest, from: string): Promise<boolean>
  deleteBlob(repository: string, digest: Digest): Promise<'deleted' | 'unknown' | 'in use'>
  /** Stores the manifest under its digest and the tags. */
  putManifest(repository: string, manifest: BuiltManifest, tags: readonly string[]): Promise<void>
  /** By tag or digest; false if unknown. */
  deleteManifest(repository: string, reference: string): Promise<boolean>
  /** Asks like a HEAD request. */
  hasBlob(repository: string, digest: Digest): Promise<boolean>
  readBlob(repository: string, digest: Digest): Promise<Uint8Array | undefined>
  /** By tag or digest. */
  readManifest(repository: string, reference: string): Promise<Content | undefined>
  repositories(): Promise<string[]>
  tags(repository: string): Promise<string[]>
}
