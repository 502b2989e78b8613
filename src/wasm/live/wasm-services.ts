import type { BlobObserver } from '../../registry/uploads/blob-observer.ts'
import type { ManifestGate } from '../../registry/manifest-gate.ts'
import { Examiner } from './examiner.ts'
import { policies, type Policy, type PolicyEntry } from '../policy/policy.ts'
import { WasmGate } from './gate.ts'
import { FreshFacts } from './fresh-facts.ts'
import { Knowledge } from './knowledge.ts'
import { WasmObserver } from './observer.ts'
import { StoredArtifacts } from './stored-artifact.ts'

/** What the registry is offered by those who know Wasm. */
export class WasmServices {
  readonly observer: BlobObserver
  readonly artifacts: StoredArtifacts
  readonly policyOf: (repository: string) => Policy
  readonly gate: ManifestGate
  readonly #examiner = new Examiner()

  constructor(rules: readonly PolicyEntry[]) {
    const fresh = new FreshFacts()
    this.artifacts = new StoredArtifacts(new Knowledge(this.#examiner, fresh))
    this.policyOf = policies(rules)
    this.observer = new WasmObserver(this.policyOf, fresh)
    this.gate = new WasmGate(this.artifacts, this.policyOf)
  }

  /** Ends its threads. */
  close(): Promise<void> {
    return this.#examiner.close()
  }
}
