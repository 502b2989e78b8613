import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  configFile,
  configType,
  filterFile,
  filterType,
  runtimeConfig,
} from '../clients/artifacts.ts'
import { Terminal } from '../story/terminal.ts'
import { ensureTool } from '../tools.ts'
import { engineer, type Scene } from './scene.ts'

/** The filter of the story, built from its source. Throws ToolUnavailable. */
export async function buildFilter(scene: Scene): Promise<Buffer> {
  const workshop = await scene.folder('workshop')
  const { path } = await ensureTool('wat2wasm')
  const source = join(import.meta.dirname, '..', 'story', 'filter', 'filter.wat')
  const wat2wasm = await Terminal.forClient(path, workshop, await scene.folder('home'))
  await wat2wasm.run([source, '-o', filterFile])
  return readFile(join(workshop, filterFile))
}

/** Pushes it as the guides say, with today's oras. Throws ToolUnavailable. */
export async function pushFilter(scene: Scene, reference: string): Promise<void> {
  await buildFilter(scene)
  const workshop = await scene.folder('workshop')
  await writeFile(join(workshop, configFile), runtimeConfig)
  const { path } = await ensureTool('oras')
  const oras = await Terminal.forClient(path, workshop, await scene.folder('home'))
  const login = ['login', '--plain-http', scene.host, '-u', engineer.username, '--password-stdin']
  await oras.run(login, engineer.password)
  const artifact = ['--config', `${configFile}:${configType}`, `${filterFile}:${filterType}`]
  await oras.run(['push', '--plain-http', `${scene.host}/${reference}`, ...artifact])
}
