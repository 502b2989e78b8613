import { expectEqual } from '../expect.ts'
import type { Site, SiteStep } from './site.ts'

const chart = 'demo'
const signed = 'mesh/oras-two-layers'
/** Of the key, read from stdin. */
const password = 'of the key'
/** Nothing of a service on the internet. */
const offline = ['--key', 'cosign.key', '--tlog-upload=false', '--use-signing-config=false', '-y']
const plainHttp = ['--allow-http-registry', '--allow-insecure-registry']

/** Clients that push what is no Wasm, or speaks about it: nobody is warned. */
export const quiet: readonly SiteStep[] = [
  {
    name: 'helm pushes a chart without a warning',
    async play(site) {
      const helm = await site.client('helm')
      await helm.run(['create', chart])
      await helm.run(['package', chart, '--version', '0.1.0'])
      await helm.run([
        'push',
        `${chart}-0.1.0.tgz`,
        `oci://${site.watch.host}/charts`,
        '--plain-http',
      ])
      await expectQuiet(site, `charts/${chart}`, ['0.1.0'])
    },
  },
  {
    name: 'cosign signs by a tag, and by a referrer, without a warning',
    async play(site) {
      const cosign = await site.client('cosign')
      await cosign.run(['generate-key-pair'], password)
      const manifest = await fetch(`http://${site.host}/v2/${signed}/manifests/0.1.0`, {
        headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
      })
      const digest = manifest.headers.get('docker-content-digest') ?? ''
      const reference = `${site.watch.host}/${signed}@${digest}`
      const sign = async (bundle: boolean) => {
        const format = `--new-bundle-format=${bundle}`
        await cosign.run(['sign', ...plainHttp, ...offline, format, reference], password)
      }
      await sign(false)
      const verify = ['verify', ...plainHttp, '--key', 'cosign.pub', '--insecure-ignore-tlog=true']
      await cosign.run([...verify, '--new-bundle-format=false', reference])
      // To verify a bundle it would ask a service on the internet.
      await sign(true)
      await expectQuiet(site, signed, ['0.1.0', `${digest.replace(':', '-')}.sig`])
      const referrers = await fetch(`http://${site.host}/v2/${signed}/referrers/${digest}`)
      const { manifests } = (await referrers.json()) as { manifests: unknown[] }
      expectEqual(manifests.length, 1)
    },
  },
  {
    name: 'skopeo copies an ordinary image without a warning',
    async play(site) {
      const [crane, skopeo] = [await site.client('crane'), await site.client('skopeo')]
      const plain = `${site.watch.host}/images/plain:1`
      await crane.run(['append', '-f', 'other.tar.gz', '-t', plain])
      const copy = plain.replace('plain', 'copy')
      const unverified = ['--src-tls-verify=false', '--dest-tls-verify=false']
      await skopeo.run(['copy', ...unverified, `docker://${plain}`, `docker://${copy}`])
      await expectQuiet(site, 'images/copy', ['1'])
    },
  },
]

async function expectQuiet(site: Site, repository: string, tags: readonly string[]): Promise<void> {
  expectEqual(site.watch.take(), [])
  const answer = await fetch(`http://${site.host}/v2/${repository}/tags/list`)
  const list = (await answer.json()) as { tags: string[] }
  expectEqual(list.tags, [...tags])
}
