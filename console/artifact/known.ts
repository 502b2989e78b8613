import type { WasmReport } from '../../src/wasm/report/report.ts'
import type { Whoami } from '../../src/api/whoami.ts'
import type { ManifestBody } from '../api/manifest.ts'

/** Everything that is known of one artifact when its page opens. */
export interface Known {
  readonly caller: Whoami
  readonly repository: string
  readonly reference: string
  readonly digest: string
  /** The manifest as it was pushed. */
  readonly text: string
  readonly mediaType: string
  readonly body: ManifestBody
  readonly tags: readonly string[]
  readonly actions: readonly string[]
  /** Absent where this registry cannot tell. */
  readonly report: WasmReport | undefined
}
