import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HOST_NAME, withBrowser } from './browser.ts'
import { digestOf, Pusher } from './pushing.ts'
import { ENGINEER, type ConsoleStep, type ConsoleFixture } from './fixture.ts'
import { Visitor } from './visitor.ts'

const SCRIPT = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
const BIDI = 'safe\u202egnp.exe\u2066'
const HTML = `<!doctype html><html><body>${SCRIPT}</body></html>`
const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" onload="window.ran=1"><script>window.ran=1</script></svg>'
const REPOSITORY = 'hostile/filter'

/** Steps with hostile content, which must always be shown as text. */
export const HOSTILE_STEPS: readonly ConsoleStep[] = [
  {
    name: 'show scripts in annotations, titles, documents and configs as text',
    run: showAsText,
  },
  {
    name: 'run no script of pages and images that are opened directly',
    run: openDirectly,
  },
]

async function showAsText(fixture: ConsoleFixture): Promise<void> {
  await fixture.pusher.push(REPOSITORY, 'v1', {
    config: { type: 'application/vnd.x+json', bytes: JSON.stringify({ [SCRIPT]: BIDI }) },
    artifactType: 'application/vnd.hostile',
    layers: [
      { type: 'text/markdown', bytes: `# ${SCRIPT}\n\n[x](javascript:alert(1))\n`, title: SCRIPT },
      { type: 'text/html', bytes: HTML, title: `README.md${BIDI}` },
      { type: 'application/octet-stream', bytes: SCRIPT, title: '../../../etc/passwd' },
    ],
    annotations: { [SCRIPT]: SCRIPT, bidi: BIDI, long: 'x'.repeat(20_000) },
  })
  await withBrowser({ locale: 'en-US', width: 360 }, async (context) => {
    const visitor = await Visitor.open(context, fixture.base, 'en-US')
    const { page } = visitor
    await visitor.visit('/')
    await visitor.signIn(ENGINEER)
    await page.getByRole('link', { name: REPOSITORY }).waitFor()
    for (const view of ['', '?view=deploy', '?view=module', '?view=contents', '?view=related']) {
      await visitor.expectFailures(() => visitor.visit(`/ui/${REPOSITORY}:v1${view}`))
      await visitor.checkAccessibility()
      const ran = await page.evaluate(
        '[window.ran, document.images.length, document.scripts.length]',
      )
      if (JSON.stringify(ran) !== '[null,1,1]') throw new Error(`ran: ${JSON.stringify(ran)}`)
    }
    await visitor.visit(`/ui/${REPOSITORY}:v1?view=contents`)
    const text = await page.locator('main').innerText()
    for (const part of [SCRIPT, 'safe⟨202e⟩gnp.exe⟨2066⟩'])
      if (!text.includes(part)) throw new Error(`not shown: ${part}`)
    if (text.includes('\u202e') || text.length > 60_000)
      throw new Error('control characters or long values are shown unchanged')
    visitor.checkFaults()
  })
}

async function openDirectly(fixture: ConsoleFixture): Promise<void> {
  const { pusher } = fixture
  for (const [type, body] of [
    ['text/html', HTML],
    ['image/svg+xml', SVG],
    ['application/xhtml+xml', HTML],
    ['application/xml', SVG],
    ['application/javascript', 'window.ran=1'],
  ] as const) {
    const { status } = await pusher.put(`${REPOSITORY}/manifests/page`, body, type)
    if (status !== 400) throw new Error(`a manifest of type ${type} got status ${status}`)
  }
  await pusher.push(REPOSITORY, 'page', {
    layers: [
      { type: 'text/html', bytes: HTML },
      { type: 'image/svg+xml', bytes: SVG },
    ],
    annotations: { page: HTML },
  })
  await withBrowser({ locale: 'en-US' }, async (context) => {
    await context.setExtraHTTPHeaders(pusher.headers)
    const page = await context.newPage()
    for (const path of [
      `manifests/page`,
      `blobs/${digestOf(HTML)}`,
      `blobs/${digestOf(SVG)}`,
      `_wasmoor/wasm/page`,
      `_wasmoor/snippets/page?for=kubernetes-secret`,
    ]) {
      const answered = page.waitForResponse((response) => response.url().includes(path))
      // A download aborts the navigation.
      await page.goto(`${fixture.base}/v2/${REPOSITORY}/${path}`).catch(() => undefined)
      const response = await answered
      const { 'content-security-policy': policy, 'x-content-type-options': sniff } =
        response.headers()
      if (response.status() !== 200) throw new Error(`${path}: ${response.status()}`)
      if (!policy?.includes('sandbox') || sniff !== 'nosniff')
        throw new Error(`${path} lacks security headers`)
      if ((await page.evaluate('window.ran')) !== undefined) throw new Error(`${path} ran`)
    }
  })
}

/** Steps with a page of another site, next to an open registry. */
export const FOREIGN_STEPS: readonly ConsoleStep[] = [
  {
    name: 'answer nothing to a page whose name was pointed at the registry (DNS rebinding)',
    run: visitRebound,
  },
  {
    name: 'reject writes by a page of another site',
    async run(fixture) {
      await new Pusher(fixture.base).push('open/app', 'v1', { layers: [] })
      const site = createServer((_request, response) => {
        response.setHeader('Content-Type', 'text/html')
        response.end(
          `<form method="post" enctype="text/plain" action="${fixture.base}/v2/open/app/blobs/uploads/"><input name="x"><button>go</button></form>`,
        )
      })
      await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
      const { port } = site.address() as AddressInfo
      try {
        await withBrowser({ locale: 'en-US' }, (context) =>
          visitForeign(fixture, `http://localhost:${port}/`, async () => context.newPage()),
        )
      } finally {
        site.close()
      }
      const { status } = await fetch(`${fixture.base}/v2/open/app/manifests/v1`)
      if (status !== 200) throw new Error('the manifest is gone')
    },
  },
]

/**
 * The browser takes the page for a part of the registry's site: HOST_NAME is the address of both,
 * as
 * after rebinding.
 */
async function visitRebound(fixture: ConsoleFixture): Promise<void> {
  await new Pusher(fixture.base).push('open/app', 'v1', { layers: [] })
  const base = `http://${HOST_NAME}:${fixture.location.port}`
  await withBrowser({ locale: 'en-US' }, async (context) => {
    const page = await context.newPage()
    // Any document of this origin stands for the attacker's, which was sent before the rebinding.
    await page.goto(`${base}/`)
    for (const [method, path] of [
      ['GET', '/v2/_catalog'],
      ['GET', '/v2/open/app/manifests/v1'],
      ['POST', '/v2/open/app/blobs/uploads/'],
      ['PUT', '/v2/open/app/manifests/v1'],
      ['DELETE', '/v2/open/app/manifests/v1'],
    ]) {
      const call = `fetch('${path}', { method: '${method}' }).then(({ status }) => status)`
      const status = await page.evaluate(call)
      if (status !== 403) throw new Error(`${method} ${path} got status ${String(status)}`)
    }
  })
  const { status } = await fetch(`${fixture.base}/v2/open/app/manifests/v1`)
  if (status !== 200) throw new Error('the manifest is gone')
}

async function visitForeign(
  fixture: ConsoleFixture,
  url: string,
  open: () => Promise<Visitor['page']>,
): Promise<void> {
  const page = await open()
  await page.goto(url)
  const target = `${fixture.base}/v2/open/app`
  for (const [method, path] of [
    ['POST', 'blobs/uploads/'],
    ['PUT', 'manifests/v2'],
    ['DELETE', 'manifests/v1'],
  ]) {
    const call = `fetch(${JSON.stringify(`${target}/${path}`)}, { method: '${method}', mode: '${method === 'POST' ? 'no-cors' : 'cors'}' }).then(() => 'sent', () => 'refused')`
    const answered = method === 'POST' ? page.waitForResponse(`${target}/${path}`) : undefined
    await page.evaluate(call)
    const status = (await answered)?.status()
    if (status !== undefined && status !== 403) throw new Error(`${method} got status ${status}`)
  }
  const answered = page.waitForResponse(`${target}/blobs/uploads/`)
  await page.getByRole('button').click()
  const status = (await answered).status()
  if (status !== 403) throw new Error(`a form got status ${status}`)
}
