import type { IncomingMessage } from 'node:http'
import type { RouterContext } from '@koa/router'
import { RegistryError } from '../../oci/errors.ts'
import { sendJson } from '../answers.ts'

/** What wkg is told of this registry; nothing of it is secret. */
export interface PackageOptions {
  /** Whether clients call this registry by a name that is configured. */
  readonly named: boolean
  /** Repository below which packages lie: `packages` for `packages/wasi/http`. */
  readonly namespacePrefix: string | null
}

/**
 * bytecodealliance/wasm-pkg-tools, crates/wasm-pkg-common/src/metadata.rs: where wkg, which knows a registry by a host alone, finds
 * its packages. It asks before it has credentials. Without this file it uses the host itself, and no prefix.
 */
export function packageRegistry(
  { named, namespacePrefix }: PackageOptions,
  baseOf: (request: IncomingMessage) => string,
): (ctx: RouterContext) => Promise<void> {
  return async (ctx) => {
    if (!named && namespacePrefix === null) {
      throw new RegistryError(
        'ROUTE_UNKNOWN',
        'nothing is configured for wkg (publicUrl, wkg.namespacePrefix): it uses this host, and names of packages as they are',
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
