import type { BlobObserver, BlobWatch } from '../../registry/uploads/blob-observer.ts'
import type { Policy } from '../policy/policy.ts'
import { WasmReader } from '../read/wasm-reader.ts'
import { RecentFacts } from './recent-facts.ts'
import { encodeFacts } from './facts-codec.ts'

/**
 * Wasm files that are read at the same time, each with up to 2 MiB of memory. Others are examined
 * when facts are needed.
 */
const MAX_READERS = 32

/**
 * Finds facts about blobs while they arrive: from the first bytes of any blob, and from all bytes
 * of WebAssembly.
 */
export class WasmObserver implements BlobObserver {
  readonly #policyOf: (repository: string) => Policy
  readonly #recent: RecentFacts
  #readers = 0

  constructor(policyOf: (repository: string) => Policy, recent = new RecentFacts()) {
    this.#policyOf = policyOf
    this.#recent = recent
  }

  /**
   * Reads nothing in repositories whose policy is `off`: facts are found there when they are
   * needed.
   */
  watch(repository: string): BlobWatch | undefined {
    if (this.#policyOf(repository).mode === 'off') return undefined
    let reader: WasmReader | undefined = new WasmReader()
    let counted = false
    const release = (): void => {
      if (counted) this.#readers--
      counted = false
      reader = undefined
    }
    return {
      update: (chunk) => {
        reader?.update(chunk)
        if (counted || !reader?.parses) return
        if (this.#readers < MAX_READERS) {
          this.#readers++
          counted = true
        } else reader = undefined
      },
      finish: (digest) => {
        const file = reader?.finish()
        release()
        if (!file) return undefined
        const encoded = encodeFacts({ file })
        if (encoded && file.wasm) this.#recent.add(repository, digest, file, encoded.length)
        return encoded
      },
      abandon: release,
    }
  }
}
