import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expectEqual, expectSameBytes } from '../expect.ts'
import type { Site, SiteStep } from './site.ts'

/** Repository below which the registry of these steps has its packages, as it tells wkg. */
export const namespacePrefix = 'packages/wit'

/** wkg as a package manager: the registry announces where packages are. */
export const packages: readonly SiteStep[] = [
  {
    name: 'wkg publishes a package of WIT below the prefix that the registry tells it',
    async play(site) {
      const fixture = '../../test/wasm/fixtures/calculator.wit.wasm'
      await copyFile(join(import.meta.dirname, fixture), join(site.workshop, 'calc.wasm'))
      const wkg = await site.client('wkg')
      await wkg.run(['publish', ...(await settings(site)), '--registry', site.host, 'calc.wasm'])
      const answer = await fetch(`http://${site.host}/v2/${namespacePrefix}/docs/calc/tags/list`)
      expectEqual(await answer.json(), { name: `${namespacePrefix}/docs/calc`, tags: ['0.1.0'] })
    },
  },
  {
    name: 'wkg gets it back by its name',
    async play(site) {
      const wkg = await site.client('wkg')
      const args = [...(await settings(site)), '--registry', site.host, '-o', './got.wasm']
      await wkg.run(['get', ...args, '--format', 'wasm', 'docs:calc@0.1.0'])
      const at = (file: string) => readFile(join(site.workshop, file))
      expectSameBytes(await at('got.wasm'), await at('calc.wasm'))
    },
  },
  {
    name: 'wkg says that a package is not there',
    async play(site) {
      const wkg = await site.client('wkg')
      const args = [...(await settings(site)), '--registry', site.host, '-o', './none.wasm']
      await wkg.expectFailure(/not found/i, ['get', ...args, 'docs:nothing'])
    },
  },
]

/** That the registry speaks plain http, and an empty cache. */
async function settings({ host, workshop }: Site): Promise<string[]> {
  const config = join(workshop, 'wkg.toml')
  await writeFile(config, `[registry."${host}".oci]\nprotocol = "http"\n`)
  const cache = join(workshop, `cache-${Date.now()}`)
  await mkdir(cache)
  return ['--config', config, '--cache', cache]
}
