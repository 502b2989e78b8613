import { isDigest } from '../../oci/digest.ts'
import { isHost } from '../../base/host.ts'
import { isRepositoryName, isTag } from '../../oci/name.ts'
import { UsageError } from '../command.ts'

/** Where an artifact is. */
export interface Reference {
  /** HOST[:PORT] */
  readonly host: string
  readonly repository: string
  /** A tag or a digest. */
  readonly name: string
  readonly tag?: string
}

/**
 * Reads `HOST[:PORT]/REPOSITORY[:TAG|@DIGEST]`; without a tag it is `latest`, as for docker.
 * @throws UsageError
 */
export function readReference(text: string): Reference {
  const slash = text.indexOf('/')
  const host = text.slice(0, Math.max(0, slash))
  const rest = text.slice(slash + 1)
  const at = rest.indexOf('@')
  const colon = rest.lastIndexOf(':')
  const divided = at >= 0 ? at : colon
  const repository = divided >= 0 ? rest.slice(0, divided) : rest
  const name = divided >= 0 ? rest.slice(divided + 1) : 'latest'
  const isNamed = at >= 0 ? isDigest(name) : isTag(name)
  if (isHost(host) && isRepositoryName(repository) && isNamed) {
    return { host, repository, name, ...(at < 0 && { tag: name }) }
  }
  throw new UsageError(
    `${text} is neither a file nor HOST[:PORT]/REPOSITORY:TAG nor HOST[:PORT]/REPOSITORY@DIGEST`,
  )
}

export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i.test(host)
}
