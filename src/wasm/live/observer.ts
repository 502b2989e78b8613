import type { BlobObserver, BlobWatch } from '../../registry/uploads/blob-observer.ts'
import type { Policy } from '../policy/policy.ts'
import { WasmReader } from '../read/wasm-reader.ts'
import { FreshFacts } from './fresh-facts.ts'
import { encodeFacts } from './kept-facts.ts'

/** Files read at a time, each of which may hold about two megabytes; of others it is found out later what they are. */
const MOST_READERS = 32

/** Finds out what blobs are while they arrive: all by their first bytes, WebAssembly by all of them. */
export class WasmObserver implements BlobObserver {
  readonly #policyOf: (repository: string) => Policy
  readonly #fresh: FreshFacts
  #readers = 0

  constructor(policyOf: (repository: string) => Policy, fresh = new FreshFacts()) {
    this.#policyOf = policyOf
    this.#fresh = fresh
  }

  /** Where nothing is judged nothing is looked at: what a blob is can be found out when somebody asks. */
  watch(repository: string): BlobWatch | undefined {
    if (this.#policyOf(repository).mode === 'off') return undefined
    let reader: WasmReader | undefined = new WasmReader()
    let counted = false
    const leave = (): void => {
      if (counted) this.#readers--
      counted = false
      reader = undefined
    }
    return {
      update: (chunk) => {
        reader?.update(chunk)
        if (counted || !reader?.parses) return
        if (this.#readers < MOST_READERS) {
          this.#readers++
          counted = true
        } else reader = undefined
      },
      finish: (digest) => {
        const file = reader?.finish()
        leave()
        if (!file) return undefined
        const encoded = encodeFacts({ file })
        if (encoded && file.wasm) this.#fresh.add(repository, digest, file, encoded.length)
        return encoded
      },
      abandon: leave,
    }
  }
}
