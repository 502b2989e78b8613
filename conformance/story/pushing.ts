import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CONFIG_FILE,
  CONFIG_TYPE,
  FILTER_FILE,
  FILTER_TYPE,
  RUNTIME_CONFIG,
} from '../clients/artifacts.ts'
import { expectSameBytes } from '../expect.ts'
import { ENGINEER, requireFile, type StoryFixture, type StoryStep } from './fixture.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/filter')

/** Steps in which the engineer pushes a filter. */
export const PUSH_STEPS: readonly StoryStep[] = [
  {
    name: 'the engineer builds the filter of examples/ from its source',
    async run(fixture) {
      await mkdir(fixture.workshop, { recursive: true })
      await writeFile(join(fixture.workshop, CONFIG_FILE), RUNTIME_CONFIG)
      const wat2wasm = await fixture.client('wat2wasm', 'engineer')
      await wat2wasm.run([join(EXAMPLE, 'filter.wat'), '-o', FILTER_FILE])
      const built = await readFile(join(fixture.workshop, FILTER_FILE))
      expectSameBytes(built, await readFile(join(EXAMPLE, 'filter.wasm')))
    },
  },
  {
    name: 'oras 0.12 logs in and pushes with the command of the guides',
    async run(fixture) {
      await requireFilter(fixture)
      const oras = await fixture.client('oras-0.12', 'engineer')
      const login = ['login', `--username=${ENGINEER.username}`, fixture.host, '--password-stdin']
      await oras.run(login, ENGINEER.password)
      await oras.run([
        'push',
        `${fixture.repository}:v0.1`,
        '--manifest-config',
        `${CONFIG_FILE}:${CONFIG_TYPE}`,
        `${FILTER_FILE}:${FILTER_TYPE}`,
      ])
    },
  },
  {
    name: 'oras 1.3 logs in with a password that contains @ and :, and pushes',
    async run(fixture) {
      await requireFilter(fixture)
      const oras = await fixture.client('oras', 'engineer-of-today')
      const login = ['login', '--plain-http', fixture.host, '-u', ENGINEER.username]
      await oras.run([...login, '--password-stdin'], ENGINEER.password)
      const artifact = [
        '--config',
        `${CONFIG_FILE}:${CONFIG_TYPE}`,
        `${FILTER_FILE}:${FILTER_TYPE}`,
      ]
      await oras.run(['push', '--plain-http', `${fixture.repository}:v0.2`, ...artifact])
    },
  },
  {
    name: 'oras lists both tags',
    async run(fixture) {
      const oras = await fixture.client('oras', 'engineer-of-today')
      const tags = await oras.run(['repo', 'tags', '--plain-http', fixture.repository])
      if (tags !== 'v0.1\nv0.2\n') throw new Error(`the tags are ${JSON.stringify(tags)}`)
    },
  },
]

/** The path of the built filter.
 * @throws PrerequisiteMissing */
export function requireFilter(fixture: StoryFixture): Promise<string> {
  return requireFile(join(fixture.workshop, FILTER_FILE), 'the filter')
}
