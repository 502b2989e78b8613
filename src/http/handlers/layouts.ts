import type { IncomingMessage } from 'node:http'
import type { RouterContext } from '@koa/router'
import { RegistryError } from '../../oci/errors.ts'
import type { Registry } from '../../registry/registry.ts'
import { LayoutMaker } from '../../wasm/layouts/layout-maker.ts'
import { LAYOUTS, type LayoutName } from '../../wasm/layouts/layout.ts'
import type { WasmServices } from '../../wasm/live/wasm-services.ts'
import { sendJson } from '../answers.ts'
import { single } from '../parameters.ts'
import { setWarnings } from '../warnings.ts'

/** Layouts of an artifact for other consumers, made when somebody asks for them. */
export class LayoutHandlers {
  readonly #registry: Registry
  readonly #wasm: WasmServices
  readonly #baseOf: (request: IncomingMessage) => string

  constructor(
    registry: Registry,
    wasm: WasmServices,
    baseOf: (request: IncomingMessage) => string,
  ) {
    this.#registry = registry
    this.#wasm = wasm
    this.#baseOf = baseOf
  }

  /** 201 with the digest in Location, as a manifest PUT; 200 if it was there. */
  readonly make = async (ctx: RouterContext): Promise<void> => {
    const { name: repository, reference } = ctx.params as { name: string; reference: string }
    const wanted = single(ctx, 'tag')
    const maker = new LayoutMaker(this.#registry, this.#wasm.artifacts)
    const { isNew, warnings, ...made } = await maker.make({
      repository,
      reference,
      name: layoutName(single(ctx, 'layout')),
      ...(wanted !== undefined && { tag: wanted }),
      replace: flag('replace', single(ctx, 'replace')),
      host: new URL(this.#baseOf(ctx.req)).host,
    })
    const { name, digest, tag, original } = made
    sendJson(ctx, { layout: name, digest, ...(tag !== undefined && { tag }), original })
    ctx.status = isNew ? 201 : 200
    ctx.set('Location', `/v2/${repository}/manifests/${digest}`)
    ctx.set('Docker-Content-Digest', digest)
    if (tag !== undefined) ctx.set('OCI-Tag', tag)
    ctx.state['particulars'] = { layout: name, ...(tag !== undefined && { tags: [tag] }) }
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
