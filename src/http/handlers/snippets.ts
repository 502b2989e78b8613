import type { IncomingMessage } from 'node:http'
import type { RouterContext } from '@koa/router'
import { isTag } from '../../oci/name.ts'
import type { Registry } from '../../registry/registry.ts'
import { KNOWN_FACTS_AND_CONFIG } from '../../wasm/model/examination-scope.ts'
import { snippetKind, writeSnippet } from '../../wasm/snippets/snippets.ts'
import type { WasmServices } from '../../wasm/live/wasm-services.ts'
import { sendText } from '../answers.ts'
import type { PackageOptions } from './package-registry.ts'
import { single } from '../parameters.ts'

/** Texts with which an artifact is put to work, with the name that the client has for this registry. */
export class SnippetHandlers {
  readonly #registry: Registry
  readonly #wasm: WasmServices
  readonly #baseOf: (request: IncomingMessage) => string
  readonly #packages: PackageOptions

  constructor(
    registry: Registry,
    wasm: WasmServices,
    baseOf: (request: IncomingMessage) => string,
    packages: PackageOptions,
  ) {
    this.#registry = registry
    this.#wasm = wasm
    this.#baseOf = baseOf
    this.#packages = packages
  }

  readonly get = async (ctx: RouterContext): Promise<void> => {
    const { name: repository, reference } = ctx.params as { name: string; reference: string }
    const { namespacePrefix } = this.#packages
    const kind = snippetKind(single(ctx, 'for'))
    const { host, protocol } = new URL(this.#baseOf(ctx.req))
    const found = await this.#wasm.artifacts.find(
      this.#registry,
      repository,
      reference,
      KNOWN_FACTS_AND_CONFIG,
    )
    const deployment = {
      ...found,
      digest: found.record.digest,
      host,
      secure: protocol === 'https:',
      repository,
      ...(isTag(reference) && { tag: reference }),
      ...(namespacePrefix !== null && { namespacePrefix }),
    }
    sendText(ctx, writeSnippet(kind, deployment))
  }
}
