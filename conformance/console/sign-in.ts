import { withBrowser } from './browser.ts'
import { ENGINEER, type ConsoleStep, type ConsoleFixture } from './fixture.ts'
import { Visitor } from './visitor.ts'
import { TEXTS } from './texts.ts'

const REPOSITORY = 'public/filter'
const LAYER = { type: 'application/octet-stream', bytes: 'bytes' }

/** Access rules that let anyone pull `public/**`, and an account do everything. */
export const ANONYMOUS_PULL = {
  WASMOOR_AUTH_RULES: JSON.stringify([
    {
      repositories: ['public/**'],
      grants: [
        { anonymous: true, actions: ['pull'] },
        { users: [ENGINEER.username], actions: ['pull', 'push', 'delete'] },
      ],
    },
    {
      repositories: ['**'],
      grants: [{ users: [ENGINEER.username], actions: ['pull', 'push', 'delete'] }],
    },
  ]),
}

/** Steps for a registry with anonymous pulls. */
export const ANONYMOUS_STEPS: readonly ConsoleStep[] = [
  {
    name: 'browse without signing in, then sign in to see and do more',
    async run(fixture) {
      await fixture.pusher.push(REPOSITORY, 'v1', { layers: [LAYER] })
      await fixture.pusher.push('secret/filter', 'v1', { layers: [LAYER] })
      await withBrowser({ locale: 'en-US' }, async (context) => {
        const visitor = await Visitor.open(context, fixture.base, 'en-US')
        await signInForMore(visitor)
        visitor.checkFaults()
      })
    },
  },
  { name: 'use the console by keyboard alone', run: signInByKeyboard },
]

async function signInForMore(visitor: Visitor): Promise<void> {
  const { page, texts } = visitor
  await visitor.visit('/')
  await page.getByRole('link', { name: REPOSITORY }).click()
  await page.getByRole('link', { name: 'v1', exact: true }).waitFor()
  const buttons = page.getByRole('button', { name: 'Delete v1' })
  if ((await buttons.count()) > 0) throw new Error('anonymous users see a button to delete')
  await visitor.expectFailures(async () => {
    await visitor.visit('/ui/secret/filter')
    await page.getByText('This registry shows its content to those who sign in').waitFor()
  })
  await visitor.visit('/')
  if ((await page.getByRole('link', { name: 'secret/filter' }).count()) > 0)
    throw new Error('anonymous users see a repository that only accounts may pull')
  await page.getByRole('link', { name: texts.signIn }).click()
  await visitor.signIn(ENGINEER)
  await page.getByRole('link', { name: 'secret/filter' }).waitFor()
  await visitor.visit(`/ui/${REPOSITORY}`)
  await buttons.waitFor()
}

async function signInByKeyboard(fixture: ConsoleFixture): Promise<void> {
  await withBrowser({ locale: 'en-US' }, async (context) => {
    const visitor = await Visitor.open(context, fixture.base, 'en-US')
    const { page, texts } = visitor
    await visitor.visit('/')
    await page.keyboard.press('Tab')
    await isFocused(visitor, 'Skip to the content')
    await press(visitor, texts.signIn)
    await page.locator('input:focus').waitFor()
    await page.keyboard.type(ENGINEER.username)
    await page.keyboard.press('Tab')
    await page.keyboard.type(ENGINEER.password)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: texts.signOut }).waitFor()
    await press(visitor, REPOSITORY)
    await page.getByRole('heading', { name: REPOSITORY }).waitFor()
    await visitor.settled()
    await press(visitor, 'Delete')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await press(visitor, 'v1')
    await page.getByRole('heading', { name: `${REPOSITORY}:v1` }).waitFor()
    visitor.checkFaults()
  })
}

async function isFocused({ page }: Visitor, text: string): Promise<void> {
  const focused = await page.evaluate<string>('document.activeElement.textContent')
  if (focused !== text) throw new Error(`the focus is on ${JSON.stringify(focused)}`)
}

/** Presses Tab until a link or button with that text has the focus, then Enter. */
async function press({ page }: Visitor, text: string): Promise<void> {
  for (let turn = 0; turn < 40; turn++) {
    const focused = await page.evaluate<string>(
      "/^(A|BUTTON)$/.test(document.activeElement.tagName) ? document.activeElement.textContent : ''",
    )
    if (focused === text) return page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
  }
  throw new Error(`${text} cannot be reached by keyboard`)
}

/** Steps for a registry without accounts. */
export const OPEN_STEPS: readonly ConsoleStep[] = [
  {
    name: 'use an open registry without signing in',
    async run(fixture) {
      await withBrowser({ locale: 'zh-CN' }, async (context) => {
        const visitor = await Visitor.open(context, fixture.base, 'zh-CN')
        const { page, texts } = visitor
        await visitor.visit('/')
        await page.getByText(texts.empty).waitFor()
        await visitor.checkAccessibility()
        await fixture.pusher.push('open/first', 'v1', { layers: [LAYER] })
        await visitor.visit('/ui/open/first:v1')
        await page.getByRole('heading', { name: 'open/first:v1' }).waitFor()
        if ((await page.getByText(texts.signIn).count()) > 0) throw new Error('it asks to sign in')
        await page.getByRole('button', { name: texts.other }).click()
        await page.getByRole('link', { name: TEXTS['en-US'].deploy, exact: true }).waitFor()
        await visitor.checkAccessibility()
        visitor.checkFaults()
      })
    },
  },
]
