import axe from 'axe-core'
import type { BrowserContext, Page } from 'playwright-core'
import type { Credentials } from '../target.ts'
import { type Locale, TEXTS } from './texts.ts'

/** What axe finds that keeps people from using a page. */
const SERIOUS = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ target }) => target.join(' ')).join(', ')))`

/** Somebody who looks at the console. What a page does that it must not is kept. */
export class Visitor {
  readonly page: Page
  readonly texts: (typeof TEXTS)[Locale]
  readonly base: string
  readonly faults: string[] = []
  #expectsFailures = false

  constructor(page: Page, base: string, locale: Locale) {
    this.page = page
    this.base = base
    this.texts = TEXTS[locale]
    page.on('pageerror', (error) => this.faults.push(`an error: ${error.message}`))
    page.on('dialog', (dialog) => {
      this.faults.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('console', (message) => {
      const isExpected = this.#expectsFailures && /Failed to load resource/.test(message.text())
      if (message.type() === 'error' && !isExpected)
        this.faults.push(`the browser says: ${message.text()}`)
    })
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (!request.url().startsWith(`${base}/`) && url.protocol !== 'data:')
        this.faults.push(`a request to ${url.origin}`)
      if (/token=|password=|eyJ/.test(url.search)) this.faults.push(`a secret in ${request.url()}`)
    })
  }

  static async open(context: BrowserContext, base: string, locale: Locale): Promise<Visitor> {
    return new Visitor(await context.newPage(), base, locale)
  }

  async visit(path: string): Promise<void> {
    await this.page.goto(this.base + path)
    await this.settled()
  }

  /** Nothing is on its way, and nothing waits to be shown. */
  async settled(): Promise<void> {
    await this.page.locator('main').waitFor()
    await this.page.locator('.loading').first().waitFor({ state: 'detached' })
  }

  async signIn({ username, password }: Credentials): Promise<void> {
    await this.page.getByLabel(this.texts.account, { exact: true }).fill(username)
    await this.page.getByLabel(this.texts.password).fill(password)
    await this.page.locator('form.sign-in button[type=submit]').click()
  }

  /** In here the registry may refuse, and the browser says so. */
  async expectFailures(work: () => Promise<void>): Promise<void> {
    this.#expectsFailures = true
    try {
      await work()
    } finally {
      this.#expectsFailures = false
    }
  }

  /** Throws if something on the page keeps people from using it. */
  async checkAccessibility(): Promise<void> {
    await this.page.evaluate(axe.source)
    const found = await this.page.evaluate<string[]>(SERIOUS)
    if (found.length > 0) throw new Error(`${this.page.url()}\n${found.join('\n')}`)
    const wide = await this.page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    if (wide > 0) throw new Error(`${this.page.url()} is ${wide} pixels wider than the window`)
  }

  /** Throws if a page did what it must not. */
  checkFaults(): void {
    if (this.faults.length > 0) throw new Error(this.faults.splice(0).join('\n'))
  }
}
