import { withBrowser } from './browser.ts'
import { pushFilter } from './filter.ts'
import { ENGINEER, type ConsoleStep, type ConsoleFixture } from './fixture.ts'
import { Visitor } from './visitor.ts'
import { LOCALES } from './texts.ts'

/**
 * The whole way of a filter through the console, from the push to the WasmPlugin to its deletion.
 */
export const STORY_STEPS: readonly ConsoleStep[] = LOCALES.map((locale) => ({
  name: `the story of a filter, in a browser with locale ${locale}`,
  run: (fixture) =>
    withBrowser({ locale }, async (context) => {
      await context.grantPermissions(['clipboard-read', 'clipboard-write'])
      const visitor = await Visitor.open(context, fixture.base, locale)
      await followStory(fixture, visitor, `asm/story-${locale.slice(0, 2)}`)
      visitor.checkFaults()
    }),
}))

async function followStory(
  fixture: ConsoleFixture,
  visitor: Visitor,
  repository: string,
): Promise<void> {
  const { page, texts } = visitor
  await pushFilter(fixture, `${repository}:v0.1`)
  await visitor.visit('/')
  await visitor.checkAccessibility()
  await visitor.expectFailures(async () => {
    await visitor.signIn({ ...ENGINEER, password: 'wrong' })
    await page.getByText(texts.wrong).waitFor()
    await visitor.checkAccessibility()
  })
  await visitor.signIn(ENGINEER)
  await page.getByRole('link', { name: repository }).click()
  await visitor.settled()
  await visitor.checkAccessibility()
  await page.getByRole('link', { name: 'v0.1', exact: true }).click()
  await page.getByText(texts.refused).waitFor()
  await page.getByText('number of layers must be 2 but got 1').first().waitFor()
  await visitor.checkAccessibility()
  await makeLayout(visitor, repository)
  await copyPlugin(fixture, visitor, repository)
  await deleteVersion(visitor, repository)
  await page.getByRole('button', { name: texts.signOut }).click()
  await page.locator('form.sign-in').waitFor()
  const kept = await page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }])')
  if (/eyJ|p@ss/.test(String(kept))) throw new Error(`stored after signing out: ${String(kept)}`)
}

/** Derives the layout for Istio with one click. */
async function makeLayout({ page, texts }: Visitor, repository: string): Promise<void> {
  await page.getByRole('button', { name: texts.make }).click()
  await page.getByRole('link', { name: 'v0.1-envoy' }).first().click()
  await page.getByRole('heading', { name: `${repository}:v0.1-envoy` }).waitFor()
  await page.getByText(texts.refused).waitFor({ state: 'detached' })
  // The second cell says that Istio runs it.
  const istio = page.getByRole('row', { name: /^Istio/ })
  await istio.locator('.outcome.ok').nth(1).waitFor()
}

async function copyPlugin(
  fixture: ConsoleFixture,
  visitor: Visitor,
  repository: string,
): Promise<void> {
  const { page, texts } = visitor
  await page.getByRole('link', { name: texts.deploy, exact: true }).click()
  await page.getByRole('button', { name: 'Istio', exact: true }).click()
  await page.getByRole('button', { name: texts.copyIstio }).click()
  await page.getByRole('button', { name: texts.copied }).waitFor()
  await visitor.checkAccessibility()
  const copied = String(await page.evaluate('navigator.clipboard.readText()'))
  if (!copied.includes('kind: "WasmPlugin"') || !copied.includes(`${fixture.host}/${repository}@`))
    throw new Error(`copied: ${copied}`)
}

async function deleteVersion(visitor: Visitor, repository: string): Promise<void> {
  const { page, texts } = visitor
  await visitor.visit(`/ui/${repository}`)
  await page.getByRole('button', { name: texts.delete, exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: texts.version }).check()
  await dialog.locator('.going code', { hasText: /^v0\.1$/ }).waitFor()
  await visitor.checkAccessibility()
  await dialog.getByRole('button', { name: texts.deleteVersion }).click()
  await dialog.waitFor({ state: 'detached' })
  await visitor.settled()
  const versions = page.locator('tbody th')
  await versions.filter({ hasText: /^v0\.1$/ }).waitFor({ state: 'detached' })
  await versions.first().waitFor()
  const left = await versions.allInnerTexts()
  if (left.join() !== 'v0.1-envoy') throw new Error(`left are ${left.join()}`)
}
