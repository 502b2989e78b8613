import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Digest, digestOf } from '../../src/oci/digest.ts'

/** Writes files as distribution's registry does, with its storage driver "filesystem". */
export class DistributionTree {
  /** The directory that the registry has as /var/lib/registry. */
  readonly root: string
  readonly #top: string

  constructor(root: string) {
    this.root = root
    this.#top = join(root, 'docker/registry/v2')
  }

  /** Pushes a blob to a repository. */
  async layer(repository: string, bytes: Uint8Array | string): Promise<Digest> {
    const digest = await this.#blob(bytes)
    await this.#link(repository, `_layers/${pathOf(digest)}`, digest)
    return digest
  }

  /** Pushes a manifest, and points tags at it. */
  async manifest(repository: string, text: string, ...tags: string[]): Promise<Digest> {
    const digest = await this.#blob(text)
    await this.#link(repository, `_manifests/revisions/${pathOf(digest)}`, digest)
    for (const tag of tags) {
      await this.#link(repository, `_manifests/tags/${tag}/index/${pathOf(digest)}`, digest)
      await this.#link(repository, `_manifests/tags/${tag}/current`, digest)
    }
    return digest
  }

  /** Where the bytes of a blob are. */
  data(digest: string): string {
    return join(this.#top, 'blobs', blobPath(digest), 'data')
  }

  /** Removes the bytes and leaves all links, as the garbage collection of distribution does. */
  async removeBytes(digest: string): Promise<void> {
    await rm(dirname(this.data(digest)), { recursive: true })
  }

  /** Deletes a manifest and leaves its tags, as older releases do. */
  async unlinkManifest(repository: string, digest: string): Promise<void> {
    const path = join(this.#repository(repository), '_manifests/revisions', pathOf(digest), 'link')
    await rm(path)
  }

  /** A hash of all names, times and bytes. */
  async fingerprint(): Promise<string> {
    const hash = createHash('sha256')
    const names = await readdir(this.root, { recursive: true })
    for (const name of names.toSorted()) {
      const path = join(this.root, name)
      const found = await stat(path)
      hash.update(`${name} ${found.mtimeMs} ${found.mode}\n`)
      if (found.isFile()) hash.update(await readFile(path))
    }
    return hash.digest('hex')
  }

  async #blob(bytes: Uint8Array | string): Promise<Digest> {
    const digest = digestOf(Buffer.from(bytes))
    await mkdir(dirname(this.data(digest)), { recursive: true })
    await writeFile(this.data(digest), bytes)
    return digest
  }

  async #link(repository: string, place: string, digest: Digest): Promise<void> {
    const directory = join(this.#repository(repository), place)
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, 'link'), digest)
  }

  #repository(name: string): string {
    return join(this.#top, 'repositories', name)
  }
}

function pathOf(digest: string): string {
  return digest.replace(':', '/')
}

function blobPath(digest: string): string {
  const [algorithm = '', encoded = ''] = digest.split(':')
  return `${algorithm}/${encoded.slice(0, 2)}/${encoded}`
}
