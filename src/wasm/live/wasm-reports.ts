import { isTag } from '../../oci/name.ts'
import type { Registry } from '../../registry/registry.ts'
import { formatReference } from '../model/artifact-location.ts'
import { FULL_REPORT } from '../model/examination-scope.ts'
import { reportLayouts } from '../layouts/layout-report.ts'
import { reportOn, type WasmReport } from '../report/report.ts'
import type { WasmServices } from './wasm-services.ts'

/** Reports on artifacts of this registry. */
export class WasmReports {
  readonly #registry: Registry
  readonly #wasm: WasmServices

  constructor(registry: Registry, wasm: WasmServices) {
    this.#registry = registry
    this.#wasm = wasm
  }

  /**
   * @param reference a tag or a digest
   * @param host HOST[:PORT], the client's name for this registry
   * @throws RegistryError MANIFEST_UNKNOWN, NAME_UNKNOWN, DIGEST_INVALID
   */
  async of(repository: string, reference: string, host: string): Promise<WasmReport> {
    const { artifacts, policyOf } = this.#wasm
    const found = await artifacts.find(this.#registry, repository, reference, FULL_REPORT)
    const { digest } = found.record
    const tag = isTag(reference) ? { tag: reference } : {}
    const location = { host, repository, digest, ...tag }
    const layouts = await reportLayouts(this.#registry, location, found.artifact)
    const request = { ...found, ...tag, reference: formatReference(location) }
    return reportOn(request, { digest, policy: policyOf(repository), layouts })
  }
}
