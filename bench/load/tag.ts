import { manifestContent, MANIFEST_TYPE } from '../content.ts'
import type { PreparedLoad, TagJob } from './job.ts'
import { openClients, runPool } from './pool.ts'

// More than any server reaches. Manifests are made before the measurement.
const MANIFESTS_PER_SECOND = 8000

export async function prepareTag(port: number, job: TagJob): Promise<PreparedLoad> {
  const { repository } = job
  const manifests = Array.from({ length: job.seconds * MANIFESTS_PER_SECOND }, (_, number) => {
    const tag = `${job.tagPrefix}${number}`
    return { tag, ...manifestContent(job.config, job.layer, tag) }
  })
  const clients = await openClients(port, job.clients)
  return async () => {
    const { done, seconds } = await runPool(
      clients,
      manifests,
      job.seconds,
      (client, { tag, bytes }) => client.putManifest(repository, tag, bytes),
    )
    const evidence = [manifests[0], manifests[done - 1]]
      .filter((manifest) => manifest !== undefined)
      .map(({ tag, digest }) => ({
        path: `/v2/${repository}/manifests/${tag}`,
        accept: MANIFEST_TYPE,
        digest,
      }))
    return { operations: done, bytes: 0, seconds, evidence }
  }
}
