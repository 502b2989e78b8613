import axe from 'axe-core'
import type { BrowserContext, Page } from 'playwright-core'
import type { Credentials } from '../target.ts'
import { type Locale, TEXTS } from './texts.ts'

/** Runs axe and returns its serious and critical violations. */
const SERIOUS = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ target }) => target.join(' ')).join(', ')))`

/**
 * A user of the console. Records what a page must never do, such as errors and foreign requests.
 */
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
    page.on('pageerror', (error) => this.faults.push(`an uncaught error: ${error.message}`))
    page.on('dialog', (dialog) => {
      this.faults.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('console', (message) => {
      const isExpected = this.#expectsFailures && /Failed to load resource/.test(message.text())
      if (message.type() === 'error' && !isExpected)
        this.faults.push(`an error in the browser's console: ${message.text()}`)
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

  /** Waits until the page has loaded its data. */
  async settled(): Promise<void> {
    await this.page.locator('main').waitFor()
    await this.page.locator('.loading').first().waitFor({ state: 'detached' })
  }

  async signIn({ username, password }: Credentials): Promise<void> {
    await this.page.getByLabel(this.texts.account, { exact: true }).fill(username)
    await this.page.getByLabel(this.texts.password).fill(password)
    await this.page.locator('form.sign-in button[type=submit]').click()
  }

  /** Runs the work, during which failed requests in the console of the browser are expected. */
  async expectFailures(work: () => Promise<void>): Promise<void> {
    this.#expectsFailures = true
    try {
      await work()
    } finally {
      this.#expectsFailures = false
    }
  }

  /** @throws Error if the page has serious accessibility violations, or is wider than the window */
  async checkAccessibility(): Promise<void> {
    await this.page.evaluate(axe.source)
    const found = await this.page.evaluate<string[]>(SERIOUS)
    if (found.length > 0) throw new Error(`${this.page.url()}\n${found.join('\n')}`)
    const wide = await this.page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    if (wide > 0) throw new Error(`${this.page.url()} is ${wide} pixels wider than the window`)
  }

  /** @throws Error with all recorded faults */
  checkFaults(): void {
    if (this.faults.length > 0) throw new Error(this.faults.splice(0).join('\n'))
  }
}
