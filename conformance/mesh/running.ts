import { parse } from 'yaml'
import { askThroughEnvoy, type Configure, envoyConfig } from '../story/envoy.ts'
import { ensureTool } from '../tools.ts'
import { fetchedFile } from './pushing.ts'
import { type Push, referenceOf } from './push.ts'
import { pushes } from './pushes.ts'
import type { Site, SiteStep } from './site.ts'

const FETCHED = ['oras, two layers', 'crane, an OCI image', 'crane, a Docker image']

/**
 * The files that Istio fetched run in Envoy, and so do the files that our own text tells Envoy to
 * fetch.
 */
export const running: readonly SiteStep[] = [
  ...FETCHED.map((name) => ({
    name: `${name}: Envoy runs what Istio fetched`,
    play: (site: Site) => runFetched(site, named(name)),
  })),
  {
    name: 'Envoy fetches the file and runs it, by the configuration of wasmoor snippet --for envoy',
    play: runSnippet,
  },
]

function named(name: string): Push {
  return pushes.find((push) => push.name === name)!
}

async function runFetched(site: Site, push: Push): Promise<void> {
  const fetcher = await site.client('fetcher')
  const args = ['-image', referenceOf(site, push), '-into', site.workshop]
  const path = fetchedFile(await fetcher.run(args))
  await expectHeader(site, (port, workload) => envoyConfig(port, workload, path))
}

/** With the ports of this test in the place of those that the text stands for. */
async function runSnippet(site: Site): Promise<void> {
  const reference = referenceOf(site, named('oras, one layer'))
  const text = await site.wasmoor.run(['snippet', reference, '--for', 'envoy'])
  const config = JSON.stringify(parse(text))
  await expectHeader(
    site,
    (port, workload) =>
      JSON.parse(
        config
          .replace('"port_value":10000', `"port_value":${port}`)
          .replace('"port_value":8080', `"port_value":${workload}`),
      ) as object,
  )
}

async function expectHeader(site: Site, configure: Configure): Promise<void> {
  const { path: envoy } = await ensureTool('envoy')
  const { direct, filtered } = await askThroughEnvoy(envoy, configure, site.results)
  for (const [answer, expected] of [
    [direct, null],
    [filtered, 'added by our filter'],
  ] as const) {
    const header = answer.headers.get('resp-header-demo')
    if (answer.status === 200 && header === expected) continue
    throw new Error(`${answer.status}, resp-header-demo: ${header}; expected 200 and ${expected}`)
  }
}
