import { CONFIG_FILE, CONFIG_TYPE, FILTER_TYPE } from '../clients/artifacts.ts'
import { archive, filter } from './files.ts'
import { armImage, referenceOf } from './push.ts'
import { pushes } from './pushes.ts'
import type { Site } from './site.ts'

/** The manifests of indexes. */
export async function pushChildren(site: Site): Promise<void> {
  const arm = armImage(site.host)
  const crane = await site.client('crane')
  await crane.run(['append', '--oci-empty-base', '-f', archive, '-t', arm])
  await crane.run(['mutate', '--set-platform', 'linux/arm64', arm, '-t', arm])
  const plain = pushes.find(
    ({ name }) => name === 'oras, an index of an artifact without a platform',
  )!
  const image = referenceOf(site, plain).replace(/:[^:]+$/, ':two-layers')
  const client = await site.client('oras')
  const config = `${CONFIG_FILE}:${CONFIG_TYPE}`
  const push = ['push', '--plain-http', image, '--config', config]
  await client.run([...push, config, `${filter}:${FILTER_TYPE}`])
}
