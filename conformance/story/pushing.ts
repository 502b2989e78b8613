import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  configFile,
  configType,
  filterFile,
  filterType,
  runtimeConfig,
} from '../clients/artifacts.ts'
import { engineer, existing, type Stage, type StoryStep } from './stage.ts'

/** How the engineer gets a filter into the registry. */
export const pushing: readonly StoryStep[] = [
  {
    name: 'the filter is built from its source',
    async play(stage) {
      await mkdir(stage.workshop, { recursive: true })
      await writeFile(join(stage.workshop, configFile), runtimeConfig)
      const wat2wasm = await stage.client('wat2wasm', 'engineer')
      await wat2wasm.run([join(import.meta.dirname, 'filter', 'filter.wat'), '-o', filterFile])
    },
  },
  {
    name: 'oras 0.12 logs in and pushes, by the line of the guides',
    async play(stage) {
      await builtFilter(stage)
      const oras = await stage.client('oras-0.12', 'engineer')
      const login = ['login', `--username=${engineer.username}`, stage.host, '--password-stdin']
      await oras.run(login, engineer.password)
      await oras.run([
        'push',
        `${stage.repository}:v0.1`,
        '--manifest-config',
        `${configFile}:${configType}`,
        `${filterFile}:${filterType}`,
      ])
    },
  },
  {
    name: 'oras 1.3 logs in with a password that holds @ and :, and pushes',
    async play(stage) {
      await builtFilter(stage)
      const oras = await stage.client('oras', 'engineer-of-today')
      const login = ['login', '--plain-http', stage.host, '-u', engineer.username]
      await oras.run([...login, '--password-stdin'], engineer.password)
      const artifact = ['--config', `${configFile}:${configType}`, `${filterFile}:${filterType}`]
      await oras.run(['push', '--plain-http', `${stage.repository}:v0.2`, ...artifact])
    },
  },
  {
    name: 'both versions are listed',
    async play(stage) {
      const oras = await stage.client('oras', 'engineer-of-today')
      const tags = await oras.run(['repo', 'tags', '--plain-http', stage.repository])
      if (tags !== 'v0.1\nv0.2\n') throw new Error(`the tags are ${JSON.stringify(tags)}`)
    },
  },
]

/** The path of the filter in the engineer's workshop. Throws NothingToWorkOn. */
export function builtFilter(stage: Stage): Promise<string> {
  return existing(join(stage.workshop, filterFile), 'the filter')
}
