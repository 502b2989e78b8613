import type { Digest } from '../oci/digest.ts'
import { type FailureName, RegistryError } from '../oci/errors.ts'
import type { Log } from '../base/log.ts'
import type { Storage } from '../../storage/storage.ts'
import { OrphanSuspicion } from './upkeep/orphan-suspicion.ts'

/** What every rule of the registry works with. */
export class RegistryContext {
  readonly storage: Storage
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly orphans = new OrphanSuspicion()

  constructor(storage: Storage, log: Log, now: () => number) {
    this.storage = storage
    this.log = log
    this.now = now
  }

  /**
   * The bytes of a manifest were found to be others than its digest says: it is gone until it is
   * pushed again.
   */
  async damagedManifest(repository: string, digest: Digest): Promise<boolean> {
    const isNews = await this.storage.index.manifests.quarantine(repository, digest)
    if (isNews) {
      this.log.error(
        { repository, digest },
        'a stored manifest is damaged: it is not served until it is pushed again',
      )
    }
    return isNews
  }

  /**
   * The failure for something that is not in a repository: NAME_UNKNOWN if there is no such
   * repository at all.
   */
  async unknown(repository: string, failure: FailureName, message: string): Promise<RegistryError> {
    return (await this.storage.index.repositories.get(repository)) === undefined
      ? new RegistryError('NAME_UNKNOWN', `no repository ${repository} in this registry`, {
          detail: { name: repository },
        })
      : new RegistryError(failure, message)
  }
}
