import type { IncomingMessage } from 'node:http'
import { RegistryError } from '../../oci/errors.ts'
import { sendJson } from '../answers.ts'
import type { Handler } from '../route.ts'

/** The content of `/.well-known/wasm-pkg/registry.json`, none of which is secret. */
export interface PackageOptions {
  /** Whether the configuration gives the registry a public name. */
  readonly named: boolean
  /** Repository below which packages are: `packages` for `packages/wasi/http`. */
  readonly namespacePrefix: string | null
}

/**
 * Tells wkg, which knows a registry by its host alone, where the packages are
 * (bytecodealliance/wasm-pkg-tools, crates/wasm-pkg-common/src/metadata.rs). wkg asks before it has
 * credentials. Without this file it uses the host itself and no prefix.
 */
export function packageRegistry(
  { named, namespacePrefix }: PackageOptions,
  baseOf: (request: IncomingMessage) => string,
): Handler {
  return async (ctx) => {
    if (!named && namespacePrefix === null) {
      throw new RegistryError(
        'ROUTE_UNKNOWN',
        'nothing is configured for wkg (publicUrl, wkg.namespacePrefix): it uses this host, and the names of packages as they are',
      )
    }
    sendJson(ctx, {
      preferredProtocol: 'oci',
      oci: {
        registry: new URL(baseOf(ctx.req)).host,
        ...(namespacePrefix !== null && { namespacePrefix: `${namespacePrefix}/` }),
      },
    })
  }
}
