import { gzipSync } from 'node:zlib'
import { descriptor } from '../../support/manifest-texts.ts'
import { pushBlob } from '../../support/pushes.ts'
import type { Answer, Requests } from '../../support/requests.ts'
import { OCI, type Plan, type PlannedLayer } from './artifact.ts'
import { tar } from './tar.ts'

const ARCHIVE = /tar(?:\+|\.)gzip$/

/**
 * Pushes an artifact like the plan, with something fitting where the plan has no bytes; what its
 * manifest is answered.
 */
export async function pushPlan(
  server: Requests,
  repository: string,
  reference: string,
  plan: Plan,
): Promise<Answer> {
  const config = JSON.stringify(plan.body ?? {})
  const layers = plan.layers.map((layer, position) => ({ layer, bytes: bytesOf(layer, position) }))
  for (const blob of [config, ...layers.map(({ bytes }) => bytes)])
    await pushBlob(server, repository, blob)
  const { body, mediaType } = manifestOf(plan, config, layers)
  return server.put(`/v2/${repository}/manifests/${reference}`, {
    body,
    headers: { 'Content-Type': mediaType },
  })
}

interface Planned {
  readonly layer: PlannedLayer
  readonly bytes: string | Uint8Array
}

/** The manifest of a plan whose layers have these bytes. */
function manifestOf(plan: Plan, config: string, layers: readonly Planned[]) {
  const { mediaType = OCI, stated = true, annotations, artifactType } = plan
  const described = layers.map(({ layer: { type, title }, bytes }) => ({
    ...descriptor(bytes, type),
    ...(title && { annotations: { 'org.opencontainers.image.title': title } }),
  }))
  const body = JSON.stringify({
    schemaVersion: 2,
    ...(stated && { mediaType }),
    config: descriptor(config, plan.config ?? 'application/vnd.oci.empty.v1+json'),
    layers: described,
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations }),
    ...(plan.subject && { subject: descriptor('subject', OCI) }),
  })
  return { body, mediaType }
}

function bytesOf({ bytes, archive, type }: PlannedLayer, position: number): string | Uint8Array {
  if (bytes) return bytes
  if (archive) return gzipSync(tar(...archive))
  if (ARCHIVE.test(type)) return gzipSync(tar({ name: 'etc/hostname', data: `host${position}` }))
  return `document ${position}`
}
