import { type Digest, isDigest } from '../../src/oci/digest.ts'
import { type FailureName, RegistryError } from '../../src/oci/errors.ts'
import type { Registry } from '../../src/registry/registry.ts'
import type { UploadBody } from '../../src/registry/uploads/part.ts'
import type { BuiltManifest, Content } from './artifact.ts'
import type { RegistryAccess } from './registry-access.ts'

const PIECE = 64 * 1024

/** A registry in this process. */
export class InProcessAccess implements RegistryAccess {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  pushBlob(repository: string, { digest, bytes }: Content): Promise<void> {
    return this.#registry.uploads.put(repository, digest, bodyOf(bytes))
  }

  async startUpload(repository: string): Promise<string> {
    return (await this.#registry.uploads.start(repository)).id
  }

  async uploadOffset(repository: string, id: string): Promise<number | undefined> {
    const status = await unless(
      this.#registry.uploads.status(repository, id),
      'BLOB_UPLOAD_UNKNOWN',
    )
    return status?.offset
  }

  async append(
    repository: string,
    id: string,
    chunk: Uint8Array,
    start: number,
  ): Promise<number | undefined> {
    const part = { body: bodyOf(chunk), start, length: chunk.byteLength }
    const appended = this.#registry.uploads.append(repository, id, part)
    return (await unless(appended, 'BLOB_UPLOAD_UNKNOWN'))?.offset
  }

  async appendBroken(
    repository: string,
    id: string,
    chunk: Uint8Array,
    sent: number,
  ): Promise<void> {
    const body = bodyOf(chunk.subarray(0, sent), new Error('the client is gone'))
    await this.#registry.uploads
      .append(repository, id, { body, length: chunk.byteLength })
      .catch((error: unknown) => {
        if (error instanceof RegistryError && error.failure !== 'BLOB_UPLOAD_UNKNOWN') throw error
      })
  }

  async finish(repository: string, id: string, digest: Digest, rest: Uint8Array): Promise<boolean> {
    const finished = this.#registry.uploads.finish(repository, id, digest, { body: bodyOf(rest) })
    return (
      (await unless(
        finished.then(() => true),
        'BLOB_UPLOAD_UNKNOWN',
      )) ?? false
    )
  }

  async cancel(repository: string, id: string): Promise<boolean> {
    const cancelled = this.#registry.uploads.cancel(repository, id).then(() => true)
    return (await unless(cancelled, 'BLOB_UPLOAD_UNKNOWN')) ?? false
  }

  mount(repository: string, digest: Digest, from: string): Promise<boolean> {
    return this.#registry.blobs.mount(repository, digest, from, () => true)
  }

  async deleteBlob(repository: string, digest: Digest): Promise<'deleted' | 'unknown' | 'in use'> {
    try {
      await this.#registry.blobs.delete(repository, digest)
      return 'deleted'
    } catch (error) {
      if (is(error, 'CONFLICT')) return 'in use'
      if (is(error, 'BLOB_UNKNOWN', 'NAME_UNKNOWN')) return 'unknown'
      throw error
    }
  }

  async putManifest(
    repository: string,
    { digest, bytes, mediaType }: BuiltManifest,
    tags: readonly string[],
  ): Promise<void> {
    const push = { repository, reference: digest, bytes, contentType: mediaType, tags }
    await this.#registry.manifests.put(push)
  }

  async deleteManifest(repository: string, reference: string): Promise<boolean> {
    const deleted = this.#registry.manifests.delete(repository, reference).then(() => true)
    return (await unless(deleted, 'MANIFEST_UNKNOWN', 'NAME_UNKNOWN')) ?? false
  }

  async hasBlob(repository: string, digest: Digest): Promise<boolean> {
    const asked = this.#registry.blobs.stat(repository, digest)
    return (await unless(asked, 'BLOB_UNKNOWN', 'NAME_UNKNOWN')) !== undefined
  }

  async readBlob(repository: string, digest: Digest): Promise<Uint8Array | undefined> {
    const { blobs } = this.#registry
    const reader = await unless(
      blobs.stat(repository, digest).then((blob) => blobs.open(blob)),
      'BLOB_UNKNOWN',
      'NAME_UNKNOWN',
    )
    if (reader === undefined) return undefined
    const pieces: Uint8Array[] = []
    for await (const piece of reader) pieces.push(Buffer.from(piece))
    return Buffer.concat(pieces)
  }

  async readManifest(repository: string, reference: string): Promise<Content | undefined> {
    const { manifests } = this.#registry
    return unless(
      manifests.stat(repository, reference).then(async (found) => ({
        digest: found.digest,
        bytes: await manifests.bytes(repository, found),
      })),
      'MANIFEST_UNKNOWN',
      'NAME_UNKNOWN',
    )
  }

  async repositories(): Promise<string[]> {
    const page = await this.#registry.catalog.list(
      { limit: 10_000 },
      { couldPull: () => true, couldPullSome: () => true },
    )
    return page.entries.map(({ name }) => name)
  }

  async tags(repository: string): Promise<string[]> {
    const page = await unless(
      this.#registry.tags.list(repository, { limit: 10_000 }),
      'NAME_UNKNOWN',
    )
    return page?.entries.map(({ tag }) => tag) ?? []
  }
}

/** Bytes as the body of a request, which ends with the error, if one is given. */
export function bodyOf(bytes: Uint8Array, error?: Error): UploadBody {
  return {
    chunks: (async function* () {
      for (let start = 0; start < bytes.byteLength; start += PIECE)
        yield bytes.subarray(start, start + PIECE)
      if (error) throw error
    })(),
    abort: () => undefined,
  }
}

async function unless<T>(result: Promise<T>, ...expected: FailureName[]): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    if (is(error, ...expected)) return undefined
    throw error
  }
}

function is(error: unknown, ...expected: FailureName[]): boolean {
  return error instanceof RegistryError && expected.includes(error.failure)
}

export function asDigest(text: string): Digest {
  if (!isDigest(text)) throw new Error(`${text} is not a digest`)
  return text
}
