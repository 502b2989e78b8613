import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../base/log.ts'

/**
 * Tells an operator who put this registry in the place of distribution's, on the same volume, how
 * its content comes along.
 */
export async function noticeOtherRegistry(data: string, log: Log): Promise<void> {
  try {
    await access(join(data, 'docker/registry/v2/repositories'))
  } catch {
    return
  }
  log.warn(
    { data },
    'the data directory also holds the files of a registry:2 or registry:3, which are not served: wasmoor import-registry moves them in; remove docker/ when they are no longer needed',
  )
}
