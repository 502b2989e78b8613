import { MIB } from '../../base/sizes.ts'
import type { Digest } from '../../oci/digest.ts'
import { isDigest } from '../../oci/digest.ts'
import type { Manifest } from '../../oci/manifest.ts'
import { isRepositoryName, isTag } from '../../oci/name.ts'
import type { RegistryTree, TaggedDigest } from './registry-tree.ts'
import type { ImportReport } from './report.ts'
import { readStored, type StoredManifest } from './stored-manifest.ts'
import { Refused, type Target } from './target.ts'

/** What manifests may have here and in distribution. Bytes. */
const LONGEST_MANIFEST = 4 * MIB
/** Things of a repository that are moved at a time. */
const AT_ONCE = 8
const SCHEMA_1 = 'Docker image manifests of schema 1 are not supported'

export interface ImportOptions {
  /** Whether tags that point elsewhere here are moved to where they point there. */
  readonly moveTags: boolean
}

/** Moves the content of a tree of distribution's files to a registry. What is there already is not sent again. */
export class Importer {
  readonly #tree: RegistryTree
  readonly #target: Target
  readonly #report: ImportReport
  readonly #options: ImportOptions
  /** By repository and digest, so that what several manifests name is moved once. */
  readonly #running = new Map<string, Promise<boolean>>()
  /** What could not be moved, told once. */
  readonly #vain = new Set<string>()

  constructor(tree: RegistryTree, target: Target, report: ImportReport, options: ImportOptions) {
    this.#tree = tree
    this.#target = target
    this.#report = report
    this.#options = options
  }

  /** Throws where the server cannot be written to at all; what is wrong with single things is reported. */
  async run(): Promise<void> {
    for await (const repository of this.#tree.repositories()) await this.#repository(repository)
    this.#report.end()
  }

  async #repository(name: string): Promise<void> {
    if (!isRepositoryName(name)) {
      this.#report.skip(name, 'this cannot be the name of a repository')
      return
    }
    const { found } = this.#report
    await eachOf(this.#tree.revisions(name), async (digest) => {
      found.manifests++
      await this.#manifest(name, digest)
    })
    await eachOf(this.#tree.tags(name), async (tagged) => {
      found.tags++
      await this.#tag(name, tagged)
    })
    // What no manifest names. Links whose bytes are gone are what the garbage collection there leaves.
    await eachOf(this.#tree.layers(name), async (digest) => {
      if ((await this.#tree.size(digest)) !== undefined) await this.#blob(name, digest)
    })
    this.#report.endOf(name)
  }

  /** Whether the manifest is there in the end, with all that it names. */
  #manifest(repository: string, digest: Digest): Promise<boolean> {
    return this.#once(repository, digest, async () => {
      if (await this.#target.hasManifest(repository, digest)) return true
      const what = `manifest ${repository}@${digest}`
      const stored = await this.#read(digest)
      if (stored.kind === 'schema 1') {
        this.#report.skip(what, SCHEMA_1)
        return false
      }
      if (stored.kind === 'damaged') return this.#fault(what, stored.why)
      if (!(await this.#references(repository, stored.manifest, what))) return false
      const { bytes, manifest } = stored
      return this.#attempt(what, async () => {
        await this.#target.putManifest(repository, digest, manifest.mediaType, bytes)
        this.#report.moved.manifests++
      })
    })
  }

  /** Whether everything that a manifest cannot do without is there. */
  async #references(repository: string, manifest: Manifest, what: string): Promise<boolean> {
    let complete = true
    for (const { digest, required, kind } of manifest.references) {
      if (!isDigest(digest)) continue
      // Build caches list layers where images have their children.
      if (kind === 'manifest' && (await this.#tree.hasRevision(repository, digest))) {
        if (!(await this.#manifest(repository, digest)))
          complete = this.#fault(what, `it lacks its child ${digest}`)
        continue
      }
      const there = (await this.#tree.size(digest)) !== undefined
      if (there && kind === 'blob') {
        if (!(await this.#blob(repository, digest)) && required)
          complete = this.#fault(what, `it lacks its blob ${digest}`)
      } else if (there) await this.#blob(repository, digest)
      else if (required && kind === 'blob')
        complete = this.#fault(what, `its blob ${digest} is not in the tree`)
    }
    return complete
  }

  /** Whether the blob is there in the end. */
  #blob(repository: string, digest: Digest): Promise<boolean> {
    return this.#once(repository, digest, async () => {
      if (await this.#target.hasBlob(repository, digest)) return true
      const size = (await this.#tree.size(digest)) ?? 0
      return this.#attempt(`blob ${repository}@${digest}`, async () => {
        const stream = () => this.#tree.stream(digest)
        if (await this.#target.putBlob(repository, digest, size, stream))
          this.#report.moved.bytes += size
        this.#report.moved.blobs++
      })
    })
  }

  async #tag(repository: string, { tag, digest }: TaggedDigest): Promise<void> {
    const what = `tag ${repository}:${tag}`
    if (!isTag(tag)) {
      this.#report.skip(what, 'this cannot be a tag')
      return
    }
    const current = await this.#target.tagged(repository, tag)
    if (current === digest) return
    if (!(await this.#tree.hasRevision(repository, digest))) {
      this.#report.skip(what, `its manifest ${digest} was deleted`)
      return
    }
    if (current !== undefined && !this.#options.moveTags) {
      this.#report.skip(what, `it points at ${current} here, and stays: --move-tags moves it`)
      return
    }
    const stored = await this.#read(digest)
    if (stored.kind === 'schema 1') {
      this.#report.skip(what, SCHEMA_1)
      return
    }
    if (stored.kind === 'damaged' || !(await this.#target.hasManifest(repository, digest))) {
      this.#report.fault(what, `its manifest ${digest} is not here`)
      return
    }
    await this.#attempt(what, async () => {
      await this.#target.putManifest(repository, tag, stored.manifest.mediaType, stored.bytes)
      this.#report.moved.tags++
    })
  }

  async #read(digest: Digest): Promise<StoredManifest> {
    try {
      const size = await this.#tree.size(digest)
      if (size === undefined) return { kind: 'damaged', why: 'its bytes are not in the tree' }
      if (size > LONGEST_MANIFEST) return { kind: 'damaged', why: `${size} bytes are no manifest` }
      return readStored(digest, await this.#tree.read(digest))
    } catch (error) {
      if (isOfTree(error)) return { kind: 'damaged', why: error.message }
      throw error
    }
  }

  async #attempt(what: string, move: () => Promise<void>): Promise<boolean> {
    try {
      await move()
      return true
    } catch (error) {
      if (error instanceof Refused || isOfTree(error)) return this.#fault(what, error.message)
      throw error
    }
  }

  #fault(what: string, why: string): false {
    this.#report.fault(what, why)
    return false
  }

  /** Does not begin anew what is still running, and does not try again what was in vain. */
  #once(repository: string, digest: Digest, move: () => Promise<boolean>): Promise<boolean> {
    const key = `${repository} ${digest}`
    if (this.#vain.has(key)) return Promise.resolve(false)
    const running = this.#running.get(key)
    if (running) return running
    const moving = (async () => {
      try {
        const moved = await move()
        if (!moved) this.#vain.add(key)
        return moved
      } finally {
        this.#running.delete(key)
        this.#report.goesOn(repository)
      }
    })()
    this.#running.set(key, moving)
    return moving
  }
}

/** A file that cannot be read is the fault of one thing; a connection that cannot be used is one of all. */
function isOfTree(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'path' in error
}

/** Works on several at a time, as they come. The first failure ends it. */
async function eachOf<T>(
  all: AsyncGenerator<T>,
  work: (one: T) => Promise<unknown>,
): Promise<void> {
  const worker = async () => {
    for await (const one of all) await work(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
