import type { RouterContext } from '@koa/router'
import { sendJson } from '../answers.ts'

const SPECIFICATION =
  'https://github.com/opencontainers/distribution-spec/blob/main/extensions/README.md'

/** distribution-spec, "Extensions API for Distribution": what this registry has beside the specification. */
const EVERYWHERE = [
  {
    name: '_oci',
    url: SPECIFICATION,
    description: 'discovery of extensions',
    endpoints: ['_oci/ext/discover'],
  },
]
const IN_REGISTRY = [
  {
    name: '_catalog',
    url: 'https://distribution.github.io/distribution/spec/api/#listing-repositories',
    description: 'names of repositories',
    endpoints: ['_catalog'],
  },
  {
    name: '_wasmoor',
    url: SPECIFICATION,
    description:
      'repositories with what stands behind their names; who the caller is; the form of Wasm reports',
    endpoints: ['_wasmoor/repositories', '_wasmoor/session', '_wasmoor/wasm/schema'],
  },
]
const IN_REPOSITORY = [
  {
    name: '_wasmoor',
    url: SPECIFICATION,
    description:
      'what is known of an artifact as Wasm, and its layouts; texts with which it is put to work; tags with what stands behind them',
    endpoints: ['_wasmoor/wasm', '_wasmoor/snippets', '_wasmoor/tags'],
  },
]

/** Registry extensions at /v2/, those of a repository below its name. */
export async function discover(ctx: RouterContext): Promise<void> {
  const inRepository = 'name' in ctx.params
  sendJson(ctx, { extensions: [...EVERYWHERE, ...(inRepository ? IN_REPOSITORY : IN_REGISTRY)] })
}
