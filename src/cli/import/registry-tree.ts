import { createReadStream } from 'node:fs'
import { lstat, opendir, readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { isErrno } from '../../base/errno.ts'
import { MIB } from '../../base/sizes.ts'
import { algorithmOf, type Digest, encodedOf, isDigest } from '../../oci/digest.ts'

/** The root of the tree, below the directory that the operator gives: the storage root first. */
const ROOTS = ['docker/registry/v2', 'registry/v2', 'v2', '.']

/** Bytes. A digest has 136 at most. */
const LONGEST_LINK = 1024

export interface TaggedDigest {
  readonly tag: string
  readonly digest: Digest
}

/**
 * The files of distribution's registry (`registry:2`, `registry:3`; its "filesystem" storage
 * driver), read in place. Names come one at a time: a tree may hold more than fits into memory.
 *
 *     blobs/sha256/<ab>/<hex>/data
 *     repositories/<name>/_layers/sha256/<hex>/link
 *     repositories/<name>/_manifests/revisions/sha256/<hex>/link
 *     repositories/<name>/_manifests/tags/<tag>/current/link
 */
export class RegistryTree {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** @throws Error if there is no such tree */
  static async open(path: string): Promise<RegistryTree> {
    for (const root of ROOTS) {
      const place = join(path, root)
      if (await isDirectory(join(place, 'repositories')))
        return new RegistryTree(await realpath(place))
    }
    // Throws the reason if the directory cannot be read.
    for await (const _name of await opendir(path)) break
    throw new Error(
      `${path} is not the storage of a registry: it has no docker/registry/v2/repositories`,
    )
  }

  /** Names of the directories with manifests or layers, including names that are invalid here. */
  repositories(): AsyncGenerator<string> {
    return this.#below('')
  }

  /** Digests of the manifests of a repository, tagged or not, except deleted ones. */
  async *revisions(repository: string): AsyncGenerator<Digest> {
    yield* this.#links(repository, '_manifests/revisions')
  }

  /** Digests of the blobs that were pushed to a repository, including blobs deleted since. */
  async *layers(repository: string): AsyncGenerator<Digest> {
    yield* this.#links(repository, '_layers')
  }

  async *tags(repository: string): AsyncGenerator<TaggedDigest> {
    const tags = join(this.#repository(repository), '_manifests/tags')
    for await (const tag of directories(tags)) {
      const digest = await this.#readLink(join(tags, tag, 'current'))
      if (digest !== undefined) yield { tag, digest }
    }
  }

  async hasRevision(repository: string, digest: Digest): Promise<boolean> {
    const path = join(this.#repository(repository), '_manifests/revisions', pathOf(digest))
    return (await this.#readLink(path)) !== undefined
  }

  /**
   * The size of a blob in bytes; undefined if there is none. Call it before `read` and `stream`.
   * @throws Error if its file is not a regular one in this tree
   */
  async size(digest: Digest): Promise<number | undefined> {
    try {
      return await this.#sizeOfFile(this.#data(digest))
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined
      throw error
    }
  }

  read(digest: Digest): Promise<Uint8Array> {
    return readFile(this.#data(digest))
  }

  stream(digest: Digest): Readable {
    return createReadStream(this.#data(digest), { highWaterMark: MIB })
  }

  async *#below(name: string): AsyncGenerator<string> {
    const path = this.#repository(name)
    let isRepository = false
    for await (const child of directories(path)) {
      if (child === '_manifests' || child === '_layers') isRepository = true
      else if (!child.startsWith('_')) yield* this.#below(name === '' ? child : `${name}/${child}`)
    }
    if (isRepository) yield name
  }

  async *#links(repository: string, kind: string): AsyncGenerator<Digest> {
    const path = join(this.#repository(repository), kind)
    for await (const algorithm of directories(path)) {
      for await (const encoded of directories(join(path, algorithm))) {
        const digest = await this.#readLink(join(path, algorithm, encoded))
        if (digest === `${algorithm}:${encoded}`) yield digest
      }
    }
  }

  /**
   * The digest in the file `link` of a directory; undefined if there is none, as after a deletion.
   */
  async #readLink(directory: string): Promise<Digest | undefined> {
    const path = join(directory, 'link')
    try {
      if ((await this.#sizeOfFile(path)) > LONGEST_LINK) return undefined
      const text = (await readFile(path, 'utf8')).trim()
      return isDigest(text) ? text : undefined
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined
      throw error
    }
  }

  /** A pipe would never end, and a symbolic link could lead to any file of this machine. */
  async #sizeOfFile(path: string): Promise<number> {
    const file = await lstat(path)
    const isInside = (await realpath(dirname(path))).startsWith(`${this.path}/`)
    if (file.isFile() && isInside) return file.size
    throw new Error(`${path} is not a regular file of this tree: remove it, and import again`)
  }

  #repository(name: string): string {
    return join(this.path, 'repositories', name)
  }

  #data(digest: Digest): string {
    const encoded = encodedOf(digest)
    return join(this.path, 'blobs', algorithmOf(digest), encoded.slice(0, 2), encoded, 'data')
  }
}

function pathOf(digest: Digest): string {
  return join(algorithmOf(digest), encodedOf(digest))
}

/** Names of the directories in a directory; none if it does not exist. */
async function* directories(path: string): AsyncGenerator<string> {
  let directory
  try {
    directory = await opendir(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return
    throw error
  }
  for await (const entry of directory) if (entry.isDirectory()) yield entry.name
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
