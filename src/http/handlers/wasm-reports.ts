import type { IncomingMessage } from 'node:http'
import type { RouterContext } from '@koa/router'
import * as z from 'zod'
import { digestOf } from '../../oci/digest.ts'
import type { Registry } from '../../registry/registry.ts'
import { reportSchema } from '../../wasm/report/schema.ts'
import { WasmReports } from '../../wasm/live/wasm-reports.ts'
import type { WasmServices } from '../../wasm/live/wasm-services.ts'
import { sendJson, sendNothing } from '../answers.ts'
import { isNotModified } from '../headers.ts'

const SCHEMA_PATH = '/v2/_wasmoor/wasm/schema'
const SCHEMA_TYPE = 'application/schema+json'

/** What is known of artifacts as Wasm, with the name that the client has for this registry. */
export class WasmReportHandlers {
  readonly #reports: WasmReports
  readonly #baseOf: (request: IncomingMessage) => string

  constructor(
    registry: Registry,
    wasm: WasmServices,
    baseOf: (request: IncomingMessage) => string,
  ) {
    this.#reports = new WasmReports(registry, wasm)
    this.#baseOf = baseOf
  }

  readonly get = async (ctx: RouterContext): Promise<void> => {
    const { name, reference } = ctx.params as { name: string; reference: string }
    const { host } = new URL(this.#baseOf(ctx.req))
    send(ctx, await this.#reports.of(name, reference, host), 'application/json')
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
