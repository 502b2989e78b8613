import { Examiner } from '../../../src/wasm/live/examiner.ts'
import { LayoutMaker, type WantedLayout } from '../../../src/wasm/live/layout-maker.ts'
import { FactSource } from '../../../src/wasm/live/fact-source.ts'
import { WasmObserver } from '../../../src/wasm/live/observer.ts'
import { StoredArtifacts } from '../../../src/wasm/live/stored-artifacts.ts'
import { built, type BuiltManifest, type Content, contentOf } from '../../support/artifact.ts'
import { bodyOf } from '../../support/in-process-access.ts'
import {
  openTestRegistry,
  type TestRegistry,
  type TestRegistryOptions,
} from '../../support/test-registry.ts'
import { custom } from '../build/bytes.ts'
import { proxyModule } from '../build/core-module.ts'

export const OCI = 'application/vnd.oci.image.manifest.v1+json'
export const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const MODULE_CONFIG = 'application/vnd.module.wasm.config.v1+json'

/** A filter that is large enough for a file of its own, and too large to be kept in memory. */
export const FILTER = contentOf(proxyModule({ more: [custom('ballast', 'x'.repeat(150_000))] }))
export const CONFIG = contentOf('{"type":"envoy_proxy"}')

/** The artifact that the command of the guides pushes. */
export function singleLayer(
  module: Content = FILTER,
  annotations?: Readonly<Record<string, string>>,
): BuiltManifest {
  return built(OCI, {
    config: described(CONFIG, MODULE_CONFIG),
    layers: [described(module, MODULE)],
    ...(annotations && { annotations }),
  })
}

export function described({ digest, bytes }: Content, mediaType: string) {
  return { mediaType, digest, size: bytes.byteLength }
}

/** A registry with filters in the repository `a`, and those who make layouts in it. */
export class FilterRegistry {
  readonly test: TestRegistry
  readonly maker: LayoutMaker
  readonly #examiner: Examiner

  private constructor(test: TestRegistry, examiner: Examiner) {
    this.test = test
    this.#examiner = examiner
    this.maker = new LayoutMaker(test.registry, new StoredArtifacts(new FactSource(examiner)))
  }

  static async open(options: TestRegistryOptions = {}): Promise<FilterRegistry> {
    const test = await openTestRegistry({
      observer: new WasmObserver(() => ({ mode: 'warn' })),
      ...options,
    })
    const opened = new FilterRegistry(test, new Examiner())
    for (const content of [CONFIG, FILTER]) await opened.blob(content)
    return opened
  }

  async blob({ digest, bytes }: Content): Promise<void> {
    await this.test.registry.uploads.put('a', digest, bodyOf(bytes))
  }

  async push({ bytes, mediaType }: BuiltManifest, reference: string): Promise<string> {
    const push = { repository: 'a', reference, bytes, contentType: mediaType, tags: [] }
    return (await this.test.registry.manifests.put(push)).digest
  }

  make(wanted: Partial<WantedLayout> = {}) {
    const standard = { repository: 'a', reference: 'v1', name: 'envoy', host: 'registry.test' }
    return this.maker.make({ replace: false, ...standard, ...wanted } as WantedLayout)
  }

  async digestOf(reference: string): Promise<string | undefined> {
    return (await this.test.storage.index.manifests.get('a', reference))?.digest
  }

  async manifest(reference: string): Promise<Record<string, unknown>> {
    const found = await this.test.registry.content('a').manifest(reference)
    return JSON.parse(Buffer.from(found!.bytes).toString()) as Record<string, unknown>
  }

  close(): Promise<void> {
    return this.#examiner.close()
  }
}
