import { CONFIG_TYPE, FILTER_TYPE } from '../clients/artifacts.ts'
import { withBrowser } from './browser.ts'
import { buildFilter } from './filter.ts'
import { ENGINEER, type ConsoleStep, type ConsoleFixture } from './fixture.ts'
import { Visitor } from './visitor.ts'
import type { Locale } from './texts.ts'

const CONFIG = '{"type":"envoy_proxy","abiVersions":["v0.2.1"]}'

interface Screenshot {
  readonly name: string
  readonly path: string
  readonly locale: Locale
  readonly colours?: 'light' | 'dark'
  readonly width?: number
}

const FILTER = '/ui/asm/asm-test:v0.1'

const SCREENSHOTS: readonly Screenshot[] = [
  { name: 'repositories', path: '/', locale: 'en-US' },
  { name: 'versions', path: '/ui/asm/asm-test', locale: 'en-US' },
  { name: 'artifact', path: FILTER, locale: 'en-US' },
  { name: 'artifact-zh', path: FILTER, locale: 'zh-CN' },
  { name: 'module-dark', path: `${FILTER}?view=module`, locale: 'en-US', colours: 'dark' },
  { name: 'deploy', path: `${FILTER}-envoy?view=deploy`, locale: 'en-US' },
  { name: 'contents', path: '/ui/plugins/rate-limit:2.0.1?view=contents', locale: 'en-US' },
  { name: 'narrow', path: FILTER, locale: 'zh-CN', colours: 'dark', width: 360 },
]

/** Takes screenshots of every page, with artifacts of all kinds, and checks its accessibility. */
export const SCREENSHOT_STEPS: readonly ConsoleStep[] = [
  { name: 'push artifacts of all kinds', run: pushExamples },
  {
    name: 'check the accessibility of every page: both languages, light and dark, wide and narrow',
    run: checkAccessibility,
  },
  { name: 'take the screenshots', run: takeScreenshots },
]

async function pushExamples(fixture: ConsoleFixture): Promise<void> {
  const { pusher } = fixture
  const bytes = await buildFilter(fixture)
  const config = { type: CONFIG_TYPE, bytes: CONFIG }
  const file = { type: FILTER_TYPE, bytes, title: 'example-filter.wasm' }
  const filter = await pusher.push('asm/asm-test', 'v0.1', { config, layers: [file] })
  for (const tag of ['v0.2', 'latest'])
    await pusher.push('asm/asm-test', tag, { config, layers: [file], annotations: { tag: 'v0.2' } })
  const { status } = await pusher.make('asm/asm-test', 'v0.1', 'envoy')
  if (status !== 201) throw new Error(`the request for a layout got status ${status}`)
  const empty = { subject: filter }
  await pusher.push('asm/asm-test', undefined, {
    ...empty,
    artifactType: 'application/vnd.cyclonedx+json',
    layers: [{ type: 'application/vnd.cyclonedx+json', bytes: '{"bomFormat":"CycloneDX"}' }],
  })
  await pusher.push('asm/asm-test', undefined, {
    ...empty,
    artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json',
    layers: [{ type: 'application/octet-stream', bytes: 'signature' }],
  })
  await pusher.push('wasi/calc', '0.1.0', {
    config: { type: 'application/vnd.wasm.config.v0+json', bytes: '{"os":"wasip1"}' },
    layers: [{ type: 'application/wasm', bytes, title: 'calc.wasm' }],
  })
  await pusher.push('plugins/rate-limit', '2.0.1', {
    config: { type: 'application/vnd.oci.image.config.v1+json', bytes: '{}' },
    layers: [
      {
        type: 'application/vnd.module.wasm.spec.v1+yaml',
        bytes: 'apiVersion: 1.0.0\ninfo:\n  name: rate-limit\n  title: Rate limit\n',
        title: 'spec.yaml',
      },
      {
        type: 'application/vnd.module.wasm.doc.v1+markdown',
        bytes: '# Rate limit\n\nLimits requests per key.\n',
        title: 'README.md',
      },
      { type: 'application/vnd.oci.image.layer.v1.tar+gzip', bytes: 'x', title: 'plugin.tar.gz' },
    ],
  })
  await pusher.push('charts/mesh', '1.4.2', {
    config: { type: 'application/vnd.cncf.helm.config.v1+json', bytes: '{"name":"mesh"}' },
    layers: [{ type: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: 'chart' }],
  })
}

const VIEWS = ['', '?view=deploy', '?view=module', '?view=contents', '?view=related']
const PAGES = [
  '/',
  '/ui/?prefix=nothing',
  '/ui/asm/asm-test',
  '/ui/asm/asm-test?by=name&prefix=v',
  ...VIEWS.map((view) => FILTER + view),
  ...VIEWS.map((view) => `${FILTER}-envoy${view}`),
  '/ui/plugins/rate-limit:2.0.1?view=contents',
  '/ui/charts/mesh:1.4.2',
  '/ui/nothing/here',
  '/ui/asm/asm-test:nothing',
]

async function checkAccessibility(fixture: ConsoleFixture): Promise<void> {
  for (const [locale, colours, width] of [
    ['en-US', 'light', 1180],
    ['zh-CN', 'dark', 360],
  ] as const)
    await withBrowser({ locale, colours, width }, async (context) => {
      const visitor = await Visitor.open(context, fixture.base, locale)
      await visitor.visit('/')
      await visitor.signIn(ENGINEER)
      await visitor.page.locator('tbody tr').first().waitFor()
      for (const path of PAGES) {
        await visitor.expectFailures(() => visitor.visit(path))
        await visitor.checkAccessibility()
      }
      visitor.checkFaults()
    })
}

async function takeScreenshots(fixture: ConsoleFixture): Promise<void> {
  for (const { name, path, locale, ...looks } of SCREENSHOTS)
    await withBrowser({ locale, ...looks }, async (context) => {
      const visitor = await Visitor.open(context, fixture.base, locale)
      await visitor.visit(path)
      await visitor.signIn(ENGINEER)
      await visitor.page.locator('h1').waitFor()
      await visitor.page.locator('form.sign-in').waitFor({ state: 'detached' })
      await visitor.settled()
      await visitor.page.screenshot({ path: fixture.screenshot(name) })
    })
}
