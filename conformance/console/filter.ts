import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CONFIG_FILE,
  CONFIG_TYPE,
  FILTER_FILE,
  FILTER_TYPE,
  RUNTIME_CONFIG,
} from '../clients/artifacts.ts'
import { Program } from '../program.ts'
import { ensureTool } from '../tools.ts'
import { ENGINEER, type ConsoleFixture } from './fixture.ts'

/** Builds the filter of the story from its source.
 * @throws ToolUnavailable */
export async function buildFilter(fixture: ConsoleFixture): Promise<Buffer> {
  const workshop = await fixture.folder('workshop')
  const { path } = await ensureTool('wat2wasm')
  const source = join(import.meta.dirname, '../../examples/filter/filter.wat')
  const wat2wasm = await Program.forClient(path, workshop, await fixture.folder('home'))
  await wat2wasm.run([source, '-o', FILTER_FILE])
  return readFile(join(workshop, FILTER_FILE))
}

/** Pushes the filter with the command of the guides, and the current oras.
 * @throws ToolUnavailable */
export async function pushFilter(fixture: ConsoleFixture, reference: string): Promise<void> {
  await buildFilter(fixture)
  const workshop = await fixture.folder('workshop')
  await writeFile(join(workshop, CONFIG_FILE), RUNTIME_CONFIG)
  const { path } = await ensureTool('oras')
  const oras = await Program.forClient(path, workshop, await fixture.folder('home'))
  const login = ['login', '--plain-http', fixture.host, '-u', ENGINEER.username, '--password-stdin']
  await oras.run(login, ENGINEER.password)
  const artifact = ['--config', `${CONFIG_FILE}:${CONFIG_TYPE}`, `${FILTER_FILE}:${FILTER_TYPE}`]
  await oras.run(['push', '--plain-http', `${fixture.host}/${reference}`, ...artifact])
}
