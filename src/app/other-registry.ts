import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../base/log.ts'

/**
 * Warns an operator who started this registry on the volume of a registry:2 or registry:3, and says
 * how to import its content.
 */
export async function warnOfOtherRegistry(data: string, log: Log): Promise<void> {
  try {
    await access(join(data, 'docker/registry/v2/repositories'))
  } catch {
    return
  }
  log.warn(
    { data },
    'the data directory also holds the files of a registry:2 or registry:3, which are not served: wasmoor import-registry imports them; remove docker/ when they are no longer needed',
  )
}
