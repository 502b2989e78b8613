import type { IncomingMessage } from 'node:http'
import * as z from 'zod'
import { digestOf } from '../../oci/digest.ts'
import type { Registry } from '../../registry/registry.ts'
import { reportSchema } from '../../wasm/report/schema.ts'
import { WasmReports } from '../../wasm/live/wasm-reports.ts'
import type { WasmServices } from '../../wasm/live/wasm-services.ts'
import { sendJson, sendNothing } from '../answers.ts'
import { isNotModified } from '../headers.ts'
import { holdForArtifact } from '../artifact-memory.ts'
import type { Handler, HandlerContext } from '../route.ts'

const SCHEMA_PATH = '/v2/_wasmoor/wasm/schema'
const SCHEMA_TYPE = 'application/schema+json'

/** The Wasm report of an artifact, with the name by which the client knows this registry. */
export function getReport(
  registry: Registry,
  wasm: WasmServices,
  baseOf: (request: IncomingMessage) => string,
): Handler<'name' | 'reference'> {
  const reports = new WasmReports(registry, wasm)
  return async (ctx) => {
    const { name, reference } = ctx.params
    await holdForArtifact(ctx, registry, name, reference)
    const { host } = new URL(baseOf(ctx.req))
    sendWithEntityTag(ctx, await reports.of(name, reference, host), 'application/json')
    ctx.set('Link', `<${SCHEMA_PATH}>; rel="describedby"`)
  }
}

/** The JSON Schema of reports. */
export function getReportSchema(): Handler {
  const schema = z.toJSONSchema(reportSchema, { io: 'input' })
  return async (ctx) => sendWithEntityTag(ctx, schema, SCHEMA_TYPE)
}

/**
 * The entity tag is made of the bytes: a report changes with the facts, not only with the manifest.
 */
function sendWithEntityTag(ctx: HandlerContext, body: object, type: string): void {
  const tag = digestOf(Buffer.from(JSON.stringify(body)))
  if (isNotModified(ctx.req.headers['if-none-match'], tag)) sendNothing(ctx, 304)
  else sendJson(ctx, body, type)
  ctx.set('ETag', `"${tag}"`)
}
