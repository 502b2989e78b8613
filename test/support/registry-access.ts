import type { Digest } from '../../src/oci/digest.ts'
import type { BuiltManifest, Content } from './artifact.ts'

/**
 * A registry as those tests use it that do not care whether it is in this process or behind HTTP. What a registry may
 * answer in good order is a result; everything else is thrown.
 */
export interface RegistryAccess {
  /** A blob in one request. */
  pushBlob(repository: string, content: Content): Promise<void>
  /** Opens an upload session and returns its id. */
  startUpload(repository: string): Promise<string>
  /** Bytes that the session holds; undefined if there is no such session. */
  uploadOffset(repository: string, id: string): Promise<number | undefined>
  /** Adds bytes and returns how many the session holds then; undefined if there is no such session. */
  append(
    repository: string,
    id: string,
    chunk: Uint8Array,
    start: number,
  ): Promise<number | undefined>
  /** Sends so many bytes of the chunk and breaks the request off. */
  appendBroken(repository: string, id: string, chunk: Uint8Array, sent: number): Promise<void>
  /** Sends the rest and closes the session; false if there is no such session. */
  finish(repository: string, id: string, digest: Digest, rest: Uint8Array): Promise<boolean>
  cancel(repository: string, id: string): Promise<boolean>
  /** False if the blob is not in `from`. */
  mount(repository: string, digest: Digest, from: string): Promise<boolean>
  deleteBlob(repository: string, digest: Digest): Promise<'deleted' | 'unknown' | 'in use'>
  /** Stores the manifest under its digest and the tags. */
  putManifest(repository: string, manifest: BuiltManifest, tags: readonly string[]): Promise<void>
  /** By tag or digest; false if there is none. */
  deleteManifest(repository: string, reference: string): Promise<boolean>
  /** As HEAD says. */
  hasBlob(repository: string, digest: Digest): Promise<boolean>
  readBlob(repository: string, digest: Digest): Promise<Uint8Array | undefined>
  /** By tag or digest. */
  readManifest(repository: string, reference: string): Promise<Content | undefined>
  repositories(): Promise<string[]>
  tags(repository: string): Promise<string[]>
}
