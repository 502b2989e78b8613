import { join } from 'node:path'
import { FAR_NAME, withBrowser } from './browser.ts'
import { writeHtpasswd } from '../htpasswd.ts'
import { engineer, type Proof, type Scene } from './scene.ts'
import { Visitor } from './visitor.ts'

const MANY = 10_000
const REPOSITORY = 'many/tags'

/** What goes wrong, and what is large. */
export const troubles: readonly Proof[] = [
  { name: `${MANY.toLocaleString('en')} tags: pages, search, one request each`, play: many },
  { name: 'the registry goes away and comes back', play: gone },
  { name: 'on plain http under a host name, too: copied without a clipboard', play: farName },
  { name: 'a session that is over leads back to where it was', play: expired },
]

async function many(scene: Scene): Promise<void> {
  const { pusher } = scene
  await pusher.push(REPOSITORY, 'v0', { layers: [] })
  const tags = Array.from({ length: MANY }, (_, number) => `v${number}`)
  await pusher.tag(REPOSITORY, 'v0', tags)
  await withBrowser({ locale: 'zh-CN' }, async (context) => {
    const visitor = await Visitor.open(context, scene.base, 'zh-CN')
    const { page, words } = visitor
    await visitor.visit(`/ui/${REPOSITORY}`)
    await visitor.signIn(engineer)
    await page.locator('tbody tr').first().waitFor()
    const asked: string[] = []
    page.on('request', (request) => {
      if (request.url().includes('/v2/')) asked.push(request.url())
    })
    const started = performance.now()
    for (let turn = 0; turn < 3; turn++) {
      const first = await page.locator('tbody th').first().innerText()
      await page.getByRole('link', { name: words.next }).click()
      await page.locator('tbody th').first().filter({ hasNotText: first }).waitFor()
      await visitor.settled()
    }
    const each = Math.round((performance.now() - started) / 3)
    if (asked.length !== 3) throw new Error(`asked ${asked.length} times for three pages`)
    await visitor.checkAccess()
    await page.getByRole('searchbox').fill('v999')
    await page.locator('tbody tr').nth(10).waitFor()
    await page.locator('tbody tr').nth(11).waitFor({ state: 'detached' })
    await page.getByRole('searchbox').fill('none')
    await page.getByText(words.none).waitFor()
    console.log(`           ${each} ms from one page to the next`)
    visitor.checkFaults()
  })
}

async function gone(scene: Scene): Promise<void> {
  await withBrowser({ locale: 'en-US' }, async (context) => {
    const visitor = await Visitor.open(context, scene.base, 'en-US')
    const { page, words } = visitor
    await visitor.visit('/')
    await visitor.signIn(engineer)
    const link = page.getByRole('link', { name: REPOSITORY })
    await link.waitFor()
    await visitor.expectFailures(async () => {
      await context.setOffline(true)
      await link.click()
      await page.getByText(words.gone).waitFor()
      await visitor.checkAccess()
    })
    await context.setOffline(false)
    await page.getByRole('button', { name: words.again }).click()
    await page.locator('tbody tr').first().waitFor()
    visitor.checkFaults()
  })
}

async function farName(scene: Scene): Promise<void> {
  await withBrowser({ locale: 'en-US' }, async (context) => {
    const base = `http://${FAR_NAME}:${scene.place.port}`
    const visitor = await Visitor.open(context, base, 'en-US')
    const { page, words } = visitor
    await visitor.visit(`/ui/${REPOSITORY}`)
    await visitor.signIn(engineer)
    await page.getByRole('button', { name: 'Copy Digest' }).first().click()
    await page.getByRole('button', { name: words.copied }).waitFor()
    const secure = await page.evaluate('[isSecureContext, navigator.clipboard === undefined]')
    if (JSON.stringify(secure) !== '[false,true]') throw new Error(JSON.stringify(secure))
    visitor.checkFaults()
  })
}

/** Ends with another password, so it is the last of the proofs. */
async function expired(scene: Scene): Promise<void> {
  await withBrowser({ locale: 'en-US' }, async (context) => {
    const visitor = await Visitor.open(context, scene.base, 'en-US')
    const { page, words } = visitor
    await visitor.visit(`/ui/${REPOSITORY}:v7`)
    await visitor.signIn(engineer)
    await page.getByRole('heading', { name: `${REPOSITORY}:v7` }).waitFor()
    const changed = { ...engineer, password: 'another p@ssword' }
    await writeHtpasswd(join(scene.place.folder, 'htpasswd'), [changed])
    await isTaken(scene, changed.password)
    await visitor.expectFailures(async () => {
      await page.reload()
      await page.getByText(words.expired).waitFor()
      await visitor.checkAccess()
      await visitor.signIn(changed)
      await page.getByRole('heading', { name: `${REPOSITORY}:v7` }).waitFor()
    })
    visitor.checkFaults()
  })
}

async function isTaken(scene: Scene, password: string): Promise<void> {
  const text = Buffer.from(`${engineer.username}:${password}`).toString('base64')
  for (;;) {
    const { status } = await fetch(`${scene.base}/v2/`, {
      headers: { Authorization: `Basic ${text}` },
    })
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
