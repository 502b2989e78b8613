import { randomBytes } from 'node:crypto'
import {
  configContent,
  descriptorOf,
  digestOf,
  manifestContent,
  MANIFEST_TYPE,
} from '../content.ts'
import type { Content } from '../content.ts'
import { moduleParts } from '../wasm-content.ts'
import type { PreparedLoad, PushJob } from './job.ts'
import { openClients, runPool } from './pool.ts'

// More than any server reaches. Payloads and digests are made before the measurement.
const ARTIFACTS_PER_SECOND = 3000

interface Artifact {
  readonly tag: string
  readonly config: Content
  readonly layer: { readonly digest: string; readonly size: number; readonly parts: Buffer[] }
  readonly manifest: Content
}

export async function preparePush(port: number, job: PushJob): Promise<PreparedLoad> {
  // Layers share most bytes, because thousands of different ones would not fit into memory.
  const random = randomBytes(job.layerSize)
  const tail = (length: number) => random.subarray(0, length)
  const artifacts = Array.from({ length: job.seconds * ARTIFACTS_PER_SECOND }, (_, number) =>
    makeArtifact(`v${number}`, moduleParts(job.layerSize, tail), job.layerSize),
  )
  const clients = await openClients(port, job.clients)
  const repositoryOf = (clientNumber: number) => `${job.repository}/client-${clientNumber}`

  return async () => {
    let last = { repository: '', artifact: artifacts[0] as Artifact }
    const { done, seconds } = await runPool(
      clients,
      artifacts,
      job.seconds,
      async (client, artifact, clientNumber) => {
        const repository = repositoryOf(clientNumber)
        const { config, layer, manifest, tag } = artifact
        await client.assertMissing(`/v2/${repository}/manifests/${manifest.digest}`)
        await client.assertMissing(`/v2/${repository}/blobs/${config.digest}`)
        await client.upload(repository, config.digest, [config.bytes], config.bytes.length)
        await client.assertMissing(`/v2/${repository}/blobs/${layer.digest}`)
        await client.upload(repository, layer.digest, layer.parts, layer.size)
        await client.putManifest(repository, tag, manifest.bytes)
        last = { repository, artifact }
      },
    )
    const { repository, artifact } = last
    const evidence = [
      ['manifests', artifact.tag, artifact.manifest.digest],
      ['blobs', artifact.config.digest, artifact.config.digest],
      ['blobs', artifact.layer.digest, artifact.layer.digest],
    ].map(([part, reference, digest = '']) => ({
      path: `/v2/${repository}/${part}/${reference}`,
      accept: MANIFEST_TYPE,
      digest,
    }))
    return { operations: done, bytes: done * job.layerSize, seconds, evidence }
  }
}

function makeArtifact(tag: string, parts: Buffer[], size: number): Artifact {
  const layer = { digest: digestOf(...parts), size, parts }
  const config = configContent()
  return { tag, config, layer, manifest: manifestContent(descriptorOf(config), layer, tag) }
}
