import type { IncomingMessage } from 'node:http'
import { isTag } from '../../oci/name.ts'
import type { Registry } from '../../registry/registry.ts'
import { KNOWN_FACTS_AND_CONFIG } from '../../wasm/model/examination-scope.ts'
import { snippetKind, writeSnippet } from '../../wasm/snippets/snippets.ts'
import type { WasmServices } from '../../wasm/live/wasm-services.ts'
import { sendText } from '../answers.ts'
import type { PackageOptions } from './package-registry.ts'
import { single } from '../parameters.ts'
import { holdForArtifact } from '../artifact-memory.ts'
import type { Handler } from '../route.ts'

/** A text that deploys an artifact, with the name by which the client knows this registry. */
export function getSnippet(
  registry: Registry,
  wasm: WasmServices,
  baseOf: (request: IncomingMessage) => string,
  { namespacePrefix }: PackageOptions,
): Handler<'name' | 'reference'> {
  return async (ctx) => {
    const { name: repository, reference } = ctx.params
    const kind = snippetKind(single(ctx, 'for'))
    const { host, protocol } = new URL(baseOf(ctx.req))
    await holdForArtifact(ctx, registry, repository, reference)
    const found = await wasm.artifacts.find(registry, repository, reference, KNOWN_FACTS_AND_CONFIG)
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
