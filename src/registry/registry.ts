import type { Storage } from '../../storage/storage.ts'
import type { Log } from '../base/log.ts'
import { AccessTimes } from './access-times.ts'
import { BlobService } from './blobs.ts'
import { CatalogService } from './catalog.ts'
import { RegistryContext } from './context.ts'
import type { ManifestGate } from './manifest-gate.ts'
import { ManifestService } from './manifests.ts'
import { ReferrerService } from './referrers.ts'
import type { RepositoryContent } from './repository-content.ts'
import type { RegistrySettings } from './settings.ts'
import { storedContent } from './stored-content.ts'
import { TagService } from './tags.ts'
import type { BlobObserver } from './uploads/blob-observer.ts'
import { UploadService } from './uploads/uploads.ts'

export interface RegistryOptions extends RegistrySettings {
  readonly observer?: BlobObserver | undefined
  readonly gate?: ManifestGate | undefined
  /** The clock, in milliseconds since 1970. */
  readonly now?: (() => number) | undefined
  /** Milliseconds, see {@link RegistryContext.pushTime}; tests choose another value. */
  readonly pushTime?: number | undefined
}

/** The operations of the registry, without HTTP and without access control. */
export class Registry {
  readonly context: RegistryContext
  readonly blobs: BlobService
  readonly uploads: UploadService
  readonly manifests: ManifestService
  readonly tags: TagService
  readonly referrers: ReferrerService
  readonly catalog: CatalogService
  /** The content of one repository, for inspection. */
  readonly content: (repository: string) => RepositoryContent

  constructor(storage: Storage, log: Log, options: RegistryOptions) {
    const context = new RegistryContext(storage, log, options.now ?? Date.now, options.pushTime)
    const accessTimes = new AccessTimes(context, options.gc)
    this.context = context
    this.blobs = new BlobService(context, options.cache, accessTimes)
    this.uploads = new UploadService(context, options)
    this.content = (repository) =>
      storedContent(repository, {
        blobs: this.blobs,
        manifests: this.manifests,
        uploads: this.uploads,
        facts: storage.index.facts,
      })
    this.manifests = new ManifestService(context, {
      ...options,
      accessTimes,
      content: this.content,
    })
    this.tags = new TagService(context)
    this.referrers = new ReferrerService(context)
    this.catalog = new CatalogService(context)
  }
}
