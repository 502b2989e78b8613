import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../oci/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import { LayoutMaker } from '../../wasm/live/layout-maker.ts'
import { LAYOUTS, type LayoutName } from '../../wasm/layouts/layout.ts'
import type { WasmServices } from '../../wasm/live/wasm-services.ts'
import { sendJson } from '../answers.ts'
import { single } from '../parameters.ts'
import { requestState } from '../request-state.ts'
import { holdForArtifact } from '../artifact-memory.ts'
import type { Handler } from '../route.ts'
import { setWarnings } from '../warnings.ts'

/**
 * Makes a layout of an artifact for consumers that do not accept it as it was pushed. 201 with the
 * digest in Location, like a PUT of a manifest; 200 if the layout exists already.
 */
export function makeLayout(
  registry: Registry,
  wasm: WasmServices,
  baseOf: (request: IncomingMessage) => string,
): Handler<'name' | 'reference'> {
  const maker = new LayoutMaker(registry, wasm.artifacts)
  return async (ctx) => {
    const { name: repository, reference } = ctx.params
    const wantedTag = single(ctx, 'tag')
    await holdForArtifact(ctx, registry, repository, reference)
    const { isNew, warnings, name, digest, tag, original } = await maker.make({
      repository,
      reference,
      name: layoutName(single(ctx, 'layout')),
      ...(wantedTag !== undefined && { tag: wantedTag }),
      replace: flag('replace', single(ctx, 'replace')),
      host: new URL(baseOf(ctx.req)).host,
    })
    sendJson(ctx, { layout: name, digest, ...(tag !== undefined && { tag }), original })
    ctx.status = isNew ? 201 : 200
    ctx.set('Location', `/v2/${repository}/manifests/${digest}`)
    ctx.set('Docker-Content-Digest', digest)
    if (tag !== undefined) ctx.set('OCI-Tag', tag)
    requestState(ctx).auditDetails = { layout: name, ...(tag !== undefined && { tags: [tag] }) }
    setWarnings(ctx, warnings)
  }
}

function layoutName(text: string | undefined): LayoutName {
  const name = LAYOUTS.find((known) => known === text)
  if (name) return name
  throw new RegistryError('PARAMETER_INVALID', `layout must be ${LAYOUTS.join(' or ')}`)
}

function flag(name: string, text = 'false'): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new RegistryError('PARAMETER_INVALID', `${name} must be true or false`)
}
