import type { Digest } from '../oci/digest.ts'
import type { Manifest } from '../oci/manifest.ts'
import type { Condition } from '../../storage/index/condition.ts'
import type { RepositoryContent } from './repository-content.ts'

/** Everything known of a manifest that is about to be stored. */
export interface IncomingManifest {
  readonly repository: string
  readonly digest: Digest
  readonly bytes: Uint8Array
  readonly manifest: Manifest
  /** The tags that will point at it. */
  readonly tags: readonly string[]
  /** What the repository holds already. */
  readonly content: RepositoryContent
  /** HOST[:PORT], what the client calls this registry, if that is known. */
  readonly host?: string
}

/** What is said of a manifest that is taken. */
export interface Admission {
  /** For the client. */
  readonly warnings: readonly string[]
  /** To be stored with it, all or nothing; what they name is in the repository. */
  readonly derived?: readonly DerivedManifest[]
}

/** A manifest that comes with another. */
export interface DerivedManifest {
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly tag: string
  /** Holds for the tag; if it does not, because of others, the manifest is judged again. */
  readonly condition: Condition
}

/** Looks at every manifest before it is stored. */
export interface ManifestGate {
  /** @throws RegistryError to refuse the manifest */
  admit(manifest: IncomingManifest): Promise<Admission>
}
