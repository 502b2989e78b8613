import type { BlobObserver } from '../../registry/blob-observer.ts'
import type { ManifestJudge } from '../../registry/manifest-judge.ts'
import { Examiner } from '../examine/examiner.ts'
import { policies, type Policy, type PolicyRule } from '../policy.ts'
import { WasmGate } from './gate.ts'
import { FreshFacts } from './fresh-facts.ts'
import { Knowledge } from './knowledge.ts'
import { WasmObserver } from './observer.ts'
import { StoredArtifacts } from './stored-artifact.ts'

/** What the registry is offered by those who know Wasm. */
export class WasmRoom {
  readonly observer: BlobObserver
  readonly artifacts: StoredArtifacts
  readonly policyOf: (repository: string) => Policy
  readonly judge: ManifestJudge
  readonly #examiner = new Examiner()

  constructor(rules: readonly PolicyRule[]) {
    const fresh = new FreshFacts()
    this.artifacts = new StoredArtifacts(new Knowledge(this.#examiner, fresh))
    this.policyOf = policies(rules)
    this.observer = new WasmObserver(this.policyOf, fresh)
    this.judge = new WasmGate(this.artifacts, this.policyOf)
  }

  /** Ends its threads. */
  close(): Promise<void> {
    return this.#examiner.close()
  }
}
