import { withBrowser } from './browser.ts'
import { pushFilter } from './filter.ts'
import { engineer, type Proof, type Scene } from './scene.ts'
import { Visitor } from './visitor.ts'
import { LOCALES } from './words.ts'

/** From the push to the WasmPlugin and back, as somebody does it who has never seen the pages. */
export const story: readonly Proof[] = LOCALES.map((locale) => ({
  name: `the story of a filter, in a browser that speaks ${locale}`,
  play: (scene) =>
    withBrowser({ locale }, async (context) => {
      await context.grantPermissions(['clipboard-read', 'clipboard-write'])
      const visitor = await Visitor.open(context, scene.base, locale)
      await tell(scene, visitor, `asm/story-${locale.slice(0, 2)}`)
      visitor.checkFaults()
    }),
}))

async function tell(scene: Scene, visitor: Visitor, repository: string): Promise<void> {
  const { page, words } = visitor
  await pushFilter(scene, `${repository}:v0.1`)
  await visitor.visit('/')
  await visitor.checkAccess()
  await visitor.expectFailures(async () => {
    await visitor.signIn({ ...engineer, password: 'wrong' })
    await page.getByText(words.wrong).waitFor()
    await visitor.checkAccess()
  })
  await visitor.signIn(engineer)
  await page.getByRole('link', { name: repository }).click()
  await visitor.settled()
  await visitor.checkAccess()
  await page.getByRole('link', { name: 'v0.1', exact: true }).click()
  await page.getByText(words.refused).waitFor()
  await page.getByText('number of layers must be 2 but got 1').first().waitFor()
  await visitor.checkAccess()
  await makeLayout(visitor, repository)
  await copyPlugin(scene, visitor, repository)
  await deleteVersion(visitor, repository)
  await page.getByRole('button', { name: words.signOut }).click()
  await page.locator('form.sign-in').waitFor()
  const kept = await page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }])')
  if (/eyJ|p@ss/.test(String(kept))) throw new Error(`kept after signing out: ${String(kept)}`)
}

/** One click, and there is something that Istio takes. */
async function makeLayout({ page, words }: Visitor, repository: string): Promise<void> {
  await page.getByRole('button', { name: words.make }).click()
  await page.getByRole('link', { name: 'v0.1-envoy' }).first().click()
  await page.getByRole('heading', { name: `${repository}:v0.1-envoy` }).waitFor()
  await page.getByText(words.refused).waitFor({ state: 'detached' })
  // It takes it, and runs it.
  const istio = page.getByRole('row', { name: /^Istio/ })
  await istio.locator('.outcome.ok').nth(1).waitFor()
}

async function copyPlugin(scene: Scene, visitor: Visitor, repository: string): Promise<void> {
  const { page, words } = visitor
  await page.getByRole('link', { name: words.deploy, exact: true }).click()
  await page.getByRole('button', { name: 'Istio', exact: true }).click()
  await page.getByRole('button', { name: words.copyIstio }).click()
  await page.getByRole('button', { name: words.copied }).waitFor()
  await visitor.checkAccess()
  const copied = String(await page.evaluate('navigator.clipboard.readText()'))
  if (!copied.includes('kind: "WasmPlugin"') || !copied.includes(`${scene.host}/${repository}@`))
    throw new Error(`copied: ${copied}`)
}

async function deleteVersion(visitor: Visitor, repository: string): Promise<void> {
  const { page, words } = visitor
  await visitor.visit(`/ui/${repository}`)
  await page.getByRole('button', { name: words.delete, exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: words.version }).check()
  await dialog.locator('.going code', { hasText: /^v0\.1$/ }).waitFor()
  await visitor.checkAccess()
  await dialog.getByRole('button', { name: words.deleteVersion }).click()
  await dialog.waitFor({ state: 'detached' })
  await visitor.settled()
  const versions = page.locator('tbody th')
  await versions.filter({ hasText: /^v0\.1$/ }).waitFor({ state: 'detached' })
  await versions.first().waitFor()
  const left = await versions.allInnerTexts()
  if (left.join() !== 'v0.1-envoy') throw new Error(`left are ${left.join()}`)
}
