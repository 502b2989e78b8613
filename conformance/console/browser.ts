import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import { ensureTool } from '../tools.ts'
import type { Locale } from './texts.ts'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A host name other than localhost: its pages are not a secure context, and have no clipboard. */
export const HOST_NAME = 'registry.test'

export interface BrowserOptions {
  readonly locale: Locale
  readonly colours?: 'light' | 'dark'
  readonly width?: number
}

/** Runs Debian's Chromium with a new profile until `use` resolves.
 * @throws ToolUnavailable */
export async function withBrowser(
  { locale, colours = 'light', width = 1180 }: BrowserOptions,
  use: (context: BrowserContext) => Promise<void>,
): Promise<void> {
  const { path } = await ensureTool('chromium')
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-browser-'))
  await mkdir(join(folder, 'profile'))
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: path,
    headless: true,
    args: [...FLAGS, `--host-resolver-rules=MAP ${HOST_NAME} 127.0.0.1`],
    locale,
    colorScheme: colours,
    viewport: { width, height: 860 },
    deviceScaleFactor: 1,
  })
  context.setDefaultTimeout(20_000)
  try {
    await use(context)
  } finally {
    await context.close()
    await rm(folder, { recursive: true, force: true })
  }
}
