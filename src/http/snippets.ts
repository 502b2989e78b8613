import type { IncomingMessage } from 'node:http'
import type { RouterContext } from '@koa/router'
import type { Registry } from '../registry/registry.ts'
import { findDeployment } from '../wasm/snippets/find-deployment.ts'
import { snippetKind, writeSnippet } from '../wasm/snippets/snippets.ts'
import { sendText } from './answers.ts'
import type { PackageOptions } from './package-registry.ts'
import { single } from './parameters.ts'

/** Texts with which an artifact is put to work, with the name that the client has for this registry. */
export class SnippetHandlers {
  readonly #registry: Registry
  readonly #baseOf: (request: IncomingMessage) => string
  readonly #packages: PackageOptions

  constructor(
    registry: Registry,
    baseOf: (request: IncomingMessage) => string,
    packages: PackageOptions,
  ) {
    this.#registry = registry
    this.#baseOf = baseOf
    this.#packages = packages
  }

  readonly get = async (ctx: RouterContext): Promise<void> => {
    const { name: repository, reference } = ctx.params as { name: string; reference: string }
    const { namespacePrefix } = this.#packages
    const kind = snippetKind(single(ctx, 'for'))
    const { host, protocol } = new URL(this.#baseOf(ctx.req))
    const deployment = await findDeployment(this.#registry, {
      host,
      secure: protocol === 'https:',
      repository,
      reference,
      ...(namespacePrefix !== null && { namespacePrefix }),
    })
    sendText(ctx, writeSnippet(kind, deployment))
  }
}
