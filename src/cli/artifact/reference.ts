import { isDigest } from '../../oci/digest.ts'
import { isHost } from '../../base/host.ts'
import { isRepositoryName, isTag } from '../../oci/name.ts'
import { UsageError } from '../command.ts'

/** The name of an artifact, as a user writes it. */
export interface Reference {
  /** HOST[:PORT] */
  readonly host: string
  readonly repository: string
  /** A tag or a digest. */
  readonly name: string
  readonly tag?: string
}

/**
 * Parses `HOST[:PORT]/REPOSITORY[:TAG|@DIGEST]`. The default tag is `latest`, as in docker.
 * @throws UsageError if it is anything else
 */
export function readReference(text: string): Reference {
  const slash = text.indexOf('/')
  const host = text.slice(0, Math.max(0, slash))
  const rest = text.slice(slash + 1)
  const at = rest.indexOf('@')
  const colon = rest.lastIndexOf(':')
  const split = at >= 0 ? at : colon
  const repository = split >= 0 ? rest.slice(0, split) : rest
  const name = split >= 0 ? rest.slice(split + 1) : 'latest'
  const isNamed = at >= 0 ? isDigest(name) : isTag(name)
  if (isHost(host) && isRepositoryName(repository) && isNamed) {
    return { host, repository, name, ...(at < 0 && { tag: name }) }
  }
  throw new UsageError(
    `${text} is neither a file nor HOST[:PORT]/REPOSITORY:TAG nor HOST[:PORT]/REPOSITORY@DIGEST`,
  )
}
