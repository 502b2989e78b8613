import { type Digest, isDigest } from '../../oci/digest.ts'
import { isJsonObject, type JsonObject } from '../../oci/descriptor.ts'
import { RegistryError } from '../../oci/errors.ts'
import { readManifest } from '../../oci/manifest.ts'
import { isTag } from '../../oci/name.ts'
import type { Registry } from '../../registry/registry.ts'
import type { ManifestRecord } from '../../../storage/index.ts'
import { type Artifact, readArtifact } from '../artifact.ts'
import { isVerdict } from '../consumers/consumer.ts'
import { CONSUMERS, type Subject } from '../matrix.ts'
import type { Deployment } from './deployment.ts'

/** Bytes of a config that is read. */
const LONGEST_CONFIG = 64 << 10

export interface Wanted extends Pick<
  Deployment,
  'host' | 'secure' | 'repository' | 'namespacePrefix'
> {
  /** A tag or a digest. */
  readonly reference: string
}

/**
 * An artifact of this registry, with what its manifest and its config say.
 * @throws RegistryError MANIFEST_UNKNOWN, NAME_UNKNOWN, DIGEST_INVALID
 */
export async function findDeployment(registry: Registry, wanted: Wanted): Promise<Deployment> {
  const { reference, ...place } = wanted
  const { repository } = place
  const record = await registry.manifests.stat(repository, reference)
  const subject = await readSubject(registry, repository, record)
  return {
    ...subject,
    ...place,
    digest: record.digest,
    children: await readSelected(registry, repository, subject.artifact),
    ...(isTag(reference) && { tag: reference }),
  }
}

/** Of an index only the manifests that some consumer goes on with, which are few. */
async function readSelected(
  registry: Registry,
  repository: string,
  { children }: Artifact,
): Promise<Map<string, Subject>> {
  const found = new Map<string, Subject>()
  if (children.length === 0) return found
  for (const { select } of CONSUMERS) {
    const child = select(children)
    if (isVerdict(child) || found.has(child.digest)) continue
    const record = await present(() => registry.manifests.stat(repository, child.digest))
    if (record) found.set(child.digest, await readSubject(registry, repository, record))
  }
  return found
}

async function readSubject(
  registry: Registry,
  repository: string,
  record: ManifestRecord,
): Promise<Subject> {
  const bytes = await registry.manifests.bytes(repository, record)
  const body = JSON.parse(Buffer.from(bytes).toString()) as JsonObject
  const artifact = readArtifact(body, readManifest(bytes, record.mediaType))
  const config = await readConfig(registry, repository, artifact)
  return { artifact, known: { blobs: new Map(), archives: new Map(), ...(config && { config }) } }
}

async function readConfig(
  registry: Registry,
  repository: string,
  { config }: Artifact,
): Promise<JsonObject | undefined> {
  if (!config || !isDigest(config.digest)) return undefined
  const { digest } = config
  const bytes = await present(() => readSmall(registry, repository, digest))
  try {
    const body: unknown = bytes && JSON.parse(bytes.toString())
    return isJsonObject(body) ? body : undefined
  } catch {
    return undefined
  }
}

async function readSmall(
  registry: Registry,
  repository: string,
  digest: Digest,
): Promise<Buffer | undefined> {
  const blob = await registry.blobs.stat(repository, digest)
  if (blob.size > LONGEST_CONFIG) return undefined
  const pieces: Uint8Array[] = []
  // A reader of files uses its memory again.
  for await (const piece of await registry.blobs.open(blob)) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

/** What may be missing where references are sparse, or may have been deleted in the meantime. */
async function present<Found>(find: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) return undefined
    throw error
  }
}
