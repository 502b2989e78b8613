import type { Log } from '../base/log.ts'
import type { Storage } from '../../storage/storage.ts'
import { BlobRules } from './blobs.ts'
import { CatalogRules } from './catalog.ts'
import { RegistryContext } from './context.ts'
import { AccessTimes } from './access-times.ts'
import type { ManifestGate } from './manifest-gate.ts'
import { ManifestRules } from './manifests.ts'
import { type ImmutableTags, immutableTags } from './immutable-tags.ts'
import type { BlobObserver } from './uploads/blob-observer.ts'
import { anyPattern } from '../base/patterns.ts'
import { ReferrerRules } from './referrers.ts'
import type { RepositoryContent } from './repository-content.ts'
import { storedContent } from './stored-content.ts'
import { TagRules } from './tags.ts'
import { UploadRules } from './uploads/uploads.ts'

export interface RegistryOptions {
  readonly references: 'strict' | 'sparse'
  /** Bytes of blobs; 0 for no limit. */
  readonly blobSize: number
  readonly uploadSessions: number
  /** Milliseconds. */
  readonly uploadExpiry: number
  /** Bytes. */
  readonly manifestCache: number
  /** Bytes. */
  readonly blobCache: number
  readonly observer?: BlobObserver
  readonly gate?: ManifestGate
  readonly immutableTags?: readonly ImmutableTags[]
  /** Milliseconds for which nothing is collected that somebody found; absent where nothing is collected. */
  readonly grace?: number
  /** Where untagged manifests are collected. */
  readonly untagged?: readonly string[]
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number
}

/** What a registry promises, without HTTP. */
export class Registry {
  readonly context: RegistryContext
  readonly blobs: BlobRules
  readonly uploads: UploadRules
  readonly manifests: ManifestRules
  readonly tags: TagRules
  readonly referrers: ReferrerRules
  readonly catalog: CatalogRules
  /** What a repository holds, for those who look into it. */
  readonly content: (repository: string) => RepositoryContent

  constructor(storage: Storage, log: Log, options: RegistryOptions) {
    const context = new RegistryContext(storage, log, options.now ?? Date.now)
    this.context = context
    const finds = new AccessTimes(context, options.grace ?? 0)
    const isCollected = anyPattern(options.untagged ?? [])
    this.blobs = new BlobRules(context, options.blobCache, finds)
    this.uploads = new UploadRules(context, {
      blobSize: options.blobSize,
      sessions: options.uploadSessions,
      expiry: options.uploadExpiry,
      ...(options.observer && { observer: options.observer }),
    })
    this.content = (repository) =>
      storedContent(repository, {
        blobs: this.blobs,
        manifests: this.manifests,
        uploads: this.uploads,
        facts: storage.index.facts,
      })
    this.manifests = new ManifestRules(context, {
      references: options.references,
      cacheSize: options.manifestCache,
      ...(options.gate && { judge: options.gate }),
      content: this.content,
      found: async (repository, digest) => {
        if (isCollected(repository)) await finds.touchManifest(repository, digest)
      },
      isImmutable: immutableTags(options.immutableTags ?? []),
    })
    this.tags = new TagRules(context)
    this.referrers = new ReferrerRules(context)
    this.catalog = new CatalogRules(context)
  }
}
