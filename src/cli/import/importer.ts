import { MIB } from '../../base/sizes.ts'
import { type Digest, isDigest } from '../../oci/digest.ts'
import type { Manifest } from '../../oci/manifest.ts'
import { isRepositoryName, isTag } from '../../oci/name.ts'
import type { RegistryTree, TaggedDigest } from './registry-tree.ts'
import type { ImportReport } from './report.ts'
import { readStored, type StoredManifest } from './stored-manifest.ts'
import { RefusedError, type Target } from './target.ts'

/** The limit of distribution, and the default limit here. Bytes. */
const LONGEST_MANIFEST = 4 * MIB
/** Manifests, tags or blobs of a repository that are imported at a time. */
const CONCURRENCY = 8
const SCHEMA_1 = 'Docker image manifests of schema 1 are not supported'

export interface ImportOptions {
  /** Whether tags of the target that point at another manifest than in the tree are overwritten. */
  readonly moveTags: boolean
}

/**
 * Copies the files of distribution to a running registry. Content that is already there is not sent
 * again.
 */
export class Importer {
  readonly #tree: RegistryTree
  readonly #target: Target
  readonly #report: ImportReport
  readonly #options: ImportOptions
  /** By repository and digest, so that content that several manifests reference is copied once. */
  readonly #running = new Map<string, Promise<boolean>>()
  /** By repository and digest: content that could not be copied, so that it is reported once. */
  readonly #failed = new Set<string>()

  constructor(tree: RegistryTree, target: Target, report: ImportReport, options: ImportOptions) {
    this.#tree = tree
    this.#target = target
    this.#report = report
    this.#options = options
  }

  /**
   * Problems with single manifests, tags and blobs are reported, and the import continues.
   * @throws Error if the server cannot be written to
   */
  async run(): Promise<void> {
    for await (const repository of this.#tree.repositories()) await this.#repository(repository)
    this.#report.end()
  }

  async #repository(name: string): Promise<void> {
    if (!isRepositoryName(name)) {
      this.#report.skip(name, 'invalid repository name')
      return
    }
    const { found } = this.#report
    await forEachConcurrently(this.#tree.revisions(name), async (digest) => {
      found.manifests++
      await this.#manifest(name, digest)
    })
    await forEachConcurrently(this.#tree.tags(name), async (tagged) => {
      found.tags++
      await this.#tag(name, tagged)
    })
    // Blobs without a manifest. Distribution's garbage collection leaves links to deleted blobs.
    await forEachConcurrently(this.#tree.layers(name), async (digest) => {
      if ((await this.#tree.size(digest)) !== undefined) await this.#blob(name, digest)
    })
    this.#report.endRepository(name)
  }

  /** Whether the target has the manifest in the end, with all content that it references. */
  #manifest(repository: string, digest: Digest): Promise<boolean> {
    return this.#once(repository, digest, async () => {
      if (await this.#target.hasManifest(repository, digest)) return true
      const what = `manifest ${repository}@${digest}`
      const stored = await this.#read(digest)
      if (stored.kind === 'schema 1') {
        this.#report.skip(what, SCHEMA_1)
        return false
      }
      if (stored.kind === 'damaged') return this.#fail(what, stored.why)
      if (!(await this.#references(repository, stored.manifest, what))) return false
      const { bytes, manifest } = stored
      return this.#attempt(what, async () => {
        await this.#target.putManifest(repository, digest, manifest.mediaType, bytes)
        this.#report.imported.manifests++
      })
    })
  }

  /** Whether the target has everything in the end that a manifest requires. */
  async #references(repository: string, manifest: Manifest, what: string): Promise<boolean> {
    let isComplete = true
    for (const { digest, required, kind } of manifest.references) {
      if (!isDigest(digest)) continue
      // The index of a build cache lists layers where other indexes have manifests.
      if (kind === 'manifest' && (await this.#tree.hasRevision(repository, digest))) {
        if (!(await this.#manifest(repository, digest)))
          isComplete = this.#fail(what, `its child ${digest} could not be imported`)
        continue
      }
      const isInTree = (await this.#tree.size(digest)) !== undefined
      if (isInTree && kind === 'blob') {
        if (!(await this.#blob(repository, digest)) && required)
          isComplete = this.#fail(what, `its blob ${digest} could not be imported`)
      } else if (isInTree) await this.#blob(repository, digest)
      else if (required && kind === 'blob')
        isComplete = this.#fail(what, `its blob ${digest} is missing from PATH`)
    }
    return isComplete
  }

  /** Whether the target has the blob in the end. */
  #blob(repository: string, digest: Digest): Promise<boolean> {
    return this.#once(repository, digest, async () => {
      if (await this.#target.hasBlob(repository, digest)) return true
      const size = (await this.#tree.size(digest)) ?? 0
      return this.#attempt(`blob ${repository}@${digest}`, async () => {
        const { imported } = this.#report
        const stream = () => this.#tree.stream(digest)
        if (await this.#target.putBlob(repository, digest, size, stream)) imported.bytes += size
        imported.blobs++
      })
    })
  }

  async #tag(repository: string, { tag, digest }: TaggedDigest): Promise<void> {
    const what = `tag ${repository}:${tag}`
    if (!isTag(tag)) {
      this.#report.skip(what, 'invalid tag')
      return
    }
    const current = await this.#target.tagged(repository, tag)
    if (current === digest) return
    if (!(await this.#tree.hasRevision(repository, digest))) {
      this.#report.skip(what, `its manifest ${digest} was deleted`)
      return
    }
    if (current !== undefined && !this.#options.moveTags) {
      this.#report.skip(what, `the server has it at ${current}: overwrite it with --move-tags`)
      return
    }
    const stored = await this.#read(digest)
    if (stored.kind === 'schema 1') {
      this.#report.skip(what, SCHEMA_1)
      return
    }
    if (stored.kind === 'damaged' || !(await this.#target.hasManifest(repository, digest))) {
      this.#report.fail(what, `its manifest ${digest} could not be imported`)
      return
    }
    await this.#attempt(what, async () => {
      await this.#target.putManifest(repository, tag, stored.manifest.mediaType, stored.bytes)
      this.#report.imported.tags++
    })
  }

  async #read(digest: Digest): Promise<StoredManifest> {
    try {
      const size = await this.#tree.size(digest)
      if (size === undefined) return { kind: 'damaged', why: 'its bytes are missing from PATH' }
      if (size > LONGEST_MANIFEST)
        return { kind: 'damaged', why: `${size} bytes are too many for a manifest` }
      return readStored(digest, await this.#tree.read(digest))
    } catch (error) {
      if (isFileError(error)) return { kind: 'damaged', why: error.message }
      throw error
    }
  }

  async #attempt(what: string, copy: () => Promise<void>): Promise<boolean> {
    try {
      await copy()
      return true
    } catch (error) {
      if (error instanceof RefusedError || isFileError(error))
        return this.#fail(what, error.message)
      throw error
    }
  }

  #fail(what: string, why: string): false {
    this.#report.fail(what, why)
    return false
  }

  /** Joins a copy that is running, and does not repeat one that has failed. */
  #once(repository: string, digest: Digest, copy: () => Promise<boolean>): Promise<boolean> {
    const key = `${repository} ${digest}`
    if (this.#failed.has(key)) return Promise.resolve(false)
    const running = this.#running.get(key)
    if (running) return running
    const copying = (async () => {
      try {
        const isCopied = await copy()
        if (!isCopied) this.#failed.add(key)
        return isCopied
      } finally {
        this.#running.delete(key)
        this.#report.progress(repository)
      }
    })()
    this.#running.set(key, copying)
    return copying
  }
}

/**
 * A file that cannot be read concerns one blob; a connection that fails concerns the whole import.
 */
function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'path' in error
}

/** Handles several items at a time, in the order of the generator. The first failure ends it. */
async function forEachConcurrently<T>(
  items: AsyncGenerator<T>,
  handle: (item: T) => Promise<unknown>,
): Promise<void> {
  const worker = async () => {
    for await (const item of items) await handle(item)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
}
