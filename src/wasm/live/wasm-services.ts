import type { BlobObserver } from '../../registry/uploads/blob-observer.ts'
import type { ManifestGate } from '../../registry/manifest-gate.ts'
import { policies, type Policy, type PolicyEntry } from '../policy/policy.ts'
import { Examiner } from './examiner.ts'
import { FactSource } from './fact-source.ts'
import { WasmGate } from './gate.ts'
import { WasmObserver } from './observer.ts'
import { RecentFacts } from './recent-facts.ts'
import { StoredArtifacts } from './stored-artifacts.ts'

/**
 * The Wasm support of one server: the hooks that the registry calls, and access to stored
 * artifacts.
 */
export class WasmServices {
  readonly observer: BlobObserver
  readonly artifacts: StoredArtifacts
  readonly policyOf: (repository: string) => Policy
  readonly gate: ManifestGate
  readonly #examiner = new Examiner()

  constructor(entries: readonly PolicyEntry[]) {
    const recent = new RecentFacts()
    this.artifacts = new StoredArtifacts(new FactSource(this.#examiner, recent))
    this.policyOf = policies(entries)
    this.observer = new WasmObserver(this.policyOf, recent)
    this.gate = new WasmGate(this.artifacts, this.policyOf)
  }

  /** Ends the worker threads. */
  close(): Promise<void> {
    return this.#examiner.close()
  }
}
