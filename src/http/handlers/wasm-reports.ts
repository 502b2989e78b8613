import type { IncomingMessage } from 'node:http'
import type { RouterContext } from '@koa/router'
import * as z from 'zod'
import { digestOf } from '../../oci/digest.ts'
import { isTag } from '../../oci/name.ts'
import type { Registry } from '../../registry/registry.ts'
import { reportLayouts } from '../../wasm/layouts/layout-report.ts'
import { reportSchema } from '../../wasm/report/schema.ts'
import { reportOn } from '../../wasm/report/report.ts'
import type { WasmServices } from '../../wasm/live/wasm-services.ts'
import { sendJson, sendNothing } from '../answers.ts'
import { isNotModified } from '../headers.ts'

const SCHEMA_PATH = '/v2/_wasmoor/wasm/schema'
const SCHEMA_TYPE = 'application/schema+json'

/** What is known of artifacts as Wasm, with the name that the client has for this registry. */
export class WasmReportHandlers {
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

  readonly get = async (ctx: RouterContext): Promise<void> => {
    const { name, reference } = ctx.params as { name: string; reference: string }
    const { host } = new URL(this.#baseOf(ctx.req))
    const found = await this.#wasm.artifacts.find(this.#registry, name, reference, 'ask')
    const { digest } = found.record
    const isByTag = isTag(reference)
    const subject = `${host}/${name}${isByTag ? ':' : '@'}${reference}`
    const question = { ...found, reference: subject, ...(isByTag && { tag: reference }) }
    const policy = this.#wasm.policyOf(name)
    const place = { host, repository: name, digest, ...(isByTag && { tag: reference }) }
    const layouts = await reportLayouts(this.#registry, place, found.artifact)
    send(ctx, reportOn(question, { subject, digest, policy, layouts }), 'application/json')
    ctx.set('Link', `<${SCHEMA_PATH}>; rel="describedby"`)
  }

  readonly schema = async (ctx: RouterContext): Promise<void> => {
    send(ctx, z.toJSONSchema(reportSchema, { io: 'input' }), SCHEMA_TYPE)
  }
}

/** JSON with an ETag by its bytes: it changes with what is known, not only with what was pushed. */
function send(ctx: RouterContext, body: object, type: string): void {
  const tag = digestOf(Buffer.from(JSON.stringify(body)))
  if (isNotModified(ctx.req.headers['if-none-match'], tag)) sendNothing(ctx, 304)
  else sendJson(ctx, body, type)
  ctx.set('ETag', `"${tag}"`)
}
