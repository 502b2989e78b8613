import { join } from 'node:path'
import { HOST_NAME, withBrowser } from './browser.ts'
import { writeHtpasswd } from '../htpasswd.ts'
import { ENGINEER, type ConsoleStep, type ConsoleFixture } from './fixture.ts'
import { Visitor } from './visitor.ts'

const MANY = 10_000
const REPOSITORY = 'many/tags'

/** Failures, and large repositories. */
export const FAILURE_STEPS: readonly ConsoleStep[] = [
  {
    name: `${MANY.toLocaleString('en')} tags: pages and search, one request each`,
    run: listManyTags,
  },
  { name: 'lose the connection to the registry, and try again', run: loseConnection },
  {
    name: 'copy on plain HTTP under a host name, without the clipboard API',
    run: visitByHostName,
  },
  { name: 'sign in again after the sign-in expired, on the same page', run: expireSignIn },
]

async function listManyTags(fixture: ConsoleFixture): Promise<void> {
  const { pusher } = fixture
  await pusher.push(REPOSITORY, 'v0', { layers: [] })
  const tags = Array.from({ length: MANY }, (_, number) => `v${number}`)
  await pusher.tag(REPOSITORY, 'v0', tags)
  await withBrowser({ locale: 'zh-CN' }, async (context) => {
    const visitor = await Visitor.open(context, fixture.base, 'zh-CN')
    const { page, texts } = visitor
    await visitor.visit(`/ui/${REPOSITORY}`)
    await visitor.signIn(ENGINEER)
    await page.locator('tbody tr').first().waitFor()
    const requested: string[] = []
    page.on('request', (request) => {
      if (request.url().includes('/v2/')) requested.push(request.url())
    })
    const started = performance.now()
    for (let turn = 0; turn < 3; turn++) {
      const first = await page.locator('tbody th').first().innerText()
      await page.getByRole('link', { name: texts.next }).click()
      await page.locator('tbody th').first().filter({ hasNotText: first }).waitFor()
      await visitor.settled()
    }
    const each = Math.round((performance.now() - started) / 3)
    if (requested.length !== 3) throw new Error(`${requested.length} requests for three pages`)
    await visitor.checkAccessibility()
    await page.getByRole('searchbox').fill('v999')
    await page.locator('tbody tr').nth(10).waitFor()
    await page.locator('tbody tr').nth(11).waitFor({ state: 'detached' })
    await page.getByRole('searchbox').fill('none')
    await page.getByText(texts.none).waitFor()
    console.log(`           ${each} ms from one page to the next`)
    visitor.checkFaults()
  })
}

async function loseConnection(fixture: ConsoleFixture): Promise<void> {
  await withBrowser({ locale: 'en-US' }, async (context) => {
    const visitor = await Visitor.open(context, fixture.base, 'en-US')
    const { page, texts } = visitor
    await visitor.visit('/')
    await visitor.signIn(ENGINEER)
    const link = page.getByRole('link', { name: REPOSITORY })
    await link.waitFor()
    await visitor.expectFailures(async () => {
      await context.setOffline(true)
      await link.click()
      await page.getByText(texts.gone).waitFor()
      await visitor.checkAccessibility()
    })
    await context.setOffline(false)
    await page.getByRole('button', { name: texts.again }).click()
    await page.locator('tbody tr').first().waitFor()
    visitor.checkFaults()
  })
}

async function visitByHostName(fixture: ConsoleFixture): Promise<void> {
  await withBrowser({ locale: 'en-US' }, async (context) => {
    const base = `http://${HOST_NAME}:${fixture.location.port}`
    const visitor = await Visitor.open(context, base, 'en-US')
    const { page, texts } = visitor
    await visitor.visit(`/ui/${REPOSITORY}`)
    await visitor.signIn(ENGINEER)
    await page.getByRole('button', { name: 'Copy Digest' }).first().click()
    await page.getByRole('button', { name: texts.copied }).waitFor()
    const secure = await page.evaluate('[isSecureContext, navigator.clipboard === undefined]')
    if (JSON.stringify(secure) !== '[false,true]') throw new Error(JSON.stringify(secure))
    visitor.checkFaults()
  })
}

/** Changes the password, so it must be the last step. */
async function expireSignIn(fixture: ConsoleFixture): Promise<void> {
  await withBrowser({ locale: 'en-US' }, async (context) => {
    const visitor = await Visitor.open(context, fixture.base, 'en-US')
    const { page, texts } = visitor
    await visitor.visit(`/ui/${REPOSITORY}:v7`)
    await visitor.signIn(ENGINEER)
    await page.getByRole('heading', { name: `${REPOSITORY}:v7` }).waitFor()
    const changed = { ...ENGINEER, password: 'another p@ssword' }
    await writeHtpasswd(join(fixture.location.folder, 'htpasswd'), [changed])
    await waitUntilAccepted(fixture, changed.password)
    await visitor.expectFailures(async () => {
      await page.reload()
      await page.getByText(texts.expired).waitFor()
      await visitor.checkAccessibility()
      await visitor.signIn(changed)
      await page.getByRole('heading', { name: `${REPOSITORY}:v7` }).waitFor()
    })
    visitor.checkFaults()
  })
}

async function waitUntilAccepted(fixture: ConsoleFixture, password: string): Promise<void> {
  const text = Buffer.from(`${ENGINEER.username}:${password}`).toString('base64')
  for (;;) {
    const { status } = await fetch(`${fixture.base}/v2/`, {
      headers: { Authorization: `Basic ${text}` },
    })
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
