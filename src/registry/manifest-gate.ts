import type { Digest } from '../oci/digest.ts'
import type { Manifest } from '../oci/manifest.ts'
import type { Condition } from '../../storage/index/condition.ts'
import type { RepositoryContent } from './repository-content.ts'

/** A pushed manifest that is about to be stored. */
export interface IncomingManifest {
  readonly repository: string
  readonly digest: Digest
  readonly bytes: Uint8Array
  readonly manifest: Manifest
  /** The tags that will point to it. */
  readonly tags: readonly string[]
  /** The content that the repository holds already. */
  readonly content: RepositoryContent
  /** HOST[:PORT] of this registry as the client addresses it, if known. */
  readonly host?: string | undefined
}

/** The result for a manifest that is admitted. */
export interface Admission {
  /** For the client. */
  readonly warnings: readonly string[]
  /** To be stored with it in one transaction. The repository holds all that they reference. */
  readonly derived?: readonly DerivedManifest[]
}

/** A manifest made from a pushed one, and stored with it under a tag of its own. */
export interface DerivedManifest {
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly tag: string
  /**
   * Must hold for the tag; if another request has moved the tag meanwhile, the pushed manifest goes
   * through the gate again.
   */
  readonly condition: Condition
}

/** Decides whether a manifest may be stored, and which derived manifests are stored with it. */
export interface ManifestGate {
  /** @throws RegistryError if the manifest is not admitted */
  admit(manifest: IncomingManifest): Promise<Admission>
}
