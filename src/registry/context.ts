import type { Digest } from '../oci/digest.ts'
import { type FailureName, RegistryError } from '../oci/errors.ts'
import type { Log } from '../base/log.ts'
import type { Storage } from '../../storage/storage.ts'
import { OrphanSuspicion } from './upkeep/orphan-suspicion.ts'

/**
 * Bytes have their key before the index has an entry for it. A push that is between the two has
 * finished after this time. Milliseconds.
 */
const PUSH_TIME = 3_000

/** The dependencies that all services of the registry share. */
export class RegistryContext {
  readonly storage: Storage
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly orphans = new OrphanSuspicion()
  /** Milliseconds after which a push that has written its bytes has an index entry. */
  readonly pushTime: number

  constructor(storage: Storage, log: Log, now: () => number, pushTime = PUSH_TIME) {
    this.storage = storage
    this.log = log
    this.now = now
    this.pushTime = pushTime
  }

  /**
   * Hides a manifest whose bytes do not match its digest, until it is pushed again. False if it is
   * hidden already.
   */
  async quarantineManifest(repository: string, digest: Digest): Promise<boolean> {
    const isNew = await this.storage.index.manifests.quarantine(repository, digest)
    if (isNew) {
      this.log.error(
        { repository, digest },
        'a stored manifest is damaged: it is not served until it is pushed again',
      )
    }
    return isNew
  }

  /**
   * The error for content that a repository does not hold: NAME_UNKNOWN if there is no such
   * repository at all.
   */
  async unknownError(
    repository: string,
    failure: FailureName,
    message: string,
  ): Promise<RegistryError> {
    return (await this.storage.index.repositories.get(repository)) === undefined
      ? new RegistryError('NAME_UNKNOWN', `no repository ${repository} in this registry`, {
          detail: { name: repository },
        })
      : new RegistryError(failure, message)
  }
}
