import type { Registry } from '../../src/registry/registry.ts'
import { FULL_REPORT } from '../../src/wasm/model/examination-scope.ts'
import { evaluate } from '../../src/wasm/assess/matrix.ts'
import { invalidLayers } from '../../src/wasm/assess/invalid-layers.ts'
import { LayoutMaker, type MadeLayout } from '../../src/wasm/live/layout-maker.ts'
import { WasmServices } from '../../src/wasm/live/wasm-services.ts'
import {
  built,
  type BuiltManifest,
  type Content,
  contentOf,
  describe,
} from '../support/artifact.ts'
import { bodyOf } from '../support/in-process-access.ts'
import { openTestRegistry } from '../support/test-registry.ts'
import { command, filter } from '../wasm/build/conventions.ts'

export const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
export const INDEX = 'application/vnd.oci.image.index.v1+json'
export const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
export const MODULE_CONFIG = 'application/vnd.module.wasm.config.v1+json'
const CONFIG = contentOf('{}')

/** An image of the two layers that Istio accepts, around a file. */
export function pair(
  file: Content,
  fields: object = {},
  configType = MODULE_CONFIG,
): BuiltManifest {
  const layers = [describe(CONFIG, configType), describe(file, MODULE)]
  return built(IMAGE, { config: layers[0], layers, ...fields })
}

/** A registry whose repository `a` takes only tags that Istio can load. */
export class EnforcedRegistry {
  readonly registry: Registry
  readonly #wasm: WasmServices
  readonly #layouts: LayoutMaker

  private constructor(registry: Registry, wasm: WasmServices) {
    this.registry = registry
    this.#wasm = wasm
    this.#layouts = new LayoutMaker(registry, wasm.artifacts)
  }

  static async open(references: 'strict' | 'sparse'): Promise<EnforcedRegistry> {
    const wasm = new WasmServices([{ repositories: ['a'], mode: 'enforce', consumers: ['istio'] }])
    const { observer, gate } = wasm
    const { registry } = await openTestRegistry({ observer, gate, validation: { references } })
    const opened = new EnforcedRegistry(registry, wasm)
    await opened.blob(CONFIG)
    for (const file of [filter, command]) await opened.blob(contentOf(file))
    return opened
  }

  get content() {
    return this.registry.content('a')
  }

  async blob({ digest, bytes }: Content): Promise<void> {
    await this.registry.uploads.put('a', digest, bodyOf(bytes))
  }

  async push(
    { bytes, mediaType }: Pick<BuiltManifest, 'bytes' | 'mediaType'>,
    reference: string,
    tags: readonly string[] = [],
  ): Promise<string> {
    const push = { repository: 'a', reference, bytes, contentType: mediaType, tags }
    return (await this.registry.manifests.put(push)).digest
  }

  layout(reference: string, tag?: string, replace = false): Promise<MadeLayout> {
    const wanted = { repository: 'a', reference, name: 'envoy' as const, host: 'registry.test' }
    return this.#layouts.make({ ...wanted, replace, ...(tag !== undefined && { tag }) })
  }

  async digestOf(tag: string): Promise<string | undefined> {
    return (await this.content.manifest(tag))?.record.digest
  }

  /**
   * The rules by which Istio or every runtime refuses what a tag points at, whatever exemptions the
   * policy knows; none if a part of it is missing.
   */
  async refusalsOf(tag: string): Promise<string[]> {
    const found = await this.#wasm.artifacts.find(this.registry, 'a', tag, FULL_REPORT)
    if (found.unread.length > 0) return []
    const { artifact, known, children } = found
    const invalid = [found, ...children.values()].flatMap((one) =>
      invalidLayers(one.artifact, one.known, tag),
    )
    const verdicts = evaluate({ artifact, known }, children, ['istio'])
      .flatMap(({ pull, run }) => [pull, run])
      .filter(({ verdict }) => verdict !== 'ok')
    return [...invalid, ...verdicts].map(({ rule }) => rule)
  }

  close(): Promise<void> {
    return this.#wasm.close()
  }
}
