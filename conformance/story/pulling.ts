import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FILTER_FILE } from '../clients/artifacts.ts'
import { expectSameBytes } from '../expect.ts'
import { ensureTool } from '../tools.ts'
import { askThroughEnvoy, envoyConfig } from './envoy.ts'
import { requireFilter } from './pushing.ts'
import { requireFile, type StoryFixture, type StoryStep } from './fixture.ts'

/** Owner of the access token of the second Secret. */
export const ROBOT = 'asm-robot'

/** How the mesh gets the filter out of the registry, and runs it. */
export const PULL_STEPS: readonly StoryStep[] = [
  {
    name: 'the controller pulls with the mounted Secret, what each oras pushed',
    async run(fixture) {
      await expectPull(fixture, 'v0.1', 'asmwasm-cache', 'node')
      await expectPull(fixture, 'v0.2', 'asmwasm-cache', 'second-node')
    },
  },
  {
    name: 'Envoy runs the pulled filter, and the header is in the answer',
    async run(fixture) {
      const pulled = await requireFile(
        join(fixture.filtersOn('node'), FILTER_FILE),
        'a pulled filter',
      )
      const { path: envoy } = await ensureTool('envoy')
      const configure = (port: number, to: number) => envoyConfig(port, to, pulled)
      const { direct, filtered } = await askThroughEnvoy(envoy, configure, fixture.results)
      expectHeader(direct, null)
      expectHeader(filtered, 'added by our filter')
    },
  },
  {
    name: 'wasmoor secret --token makes a Secret that pulls, too',
    async run(fixture) {
      const limits = ['--repositories', 'asm/**', '--expires', '1h']
      const words = ['secret', '--token', '--username', ROBOT, '--host', fixture.host]
      const secret = await fixture.wasmoor.run([...words, ...limits, ...fixture.registry])
      await fixture.mount(secret, 'token')
      await expectPull(fixture, 'v0.1', 'token', 'third-node')
    },
  },
]

/** What the controller is told: the image, and where its Secret is mounted. */
export function pullArguments(fixture: StoryFixture, tag: string, secret: string): string[] {
  return [
    '-plain-http',
    '-image',
    `${fixture.repository}:${tag}`,
    '-secret',
    fixture.secret(secret),
  ]
}

async function expectPull(
  fixture: StoryFixture,
  tag: string,
  secret: string,
  node: string,
): Promise<void> {
  const filter = await requireFilter(fixture)
  const controller = await fixture.client('controller', node)
  await controller.run([...pullArguments(fixture, tag, secret), '-into', fixture.filtersOn(node)])
  const pulled = await readFile(join(fixture.filtersOn(node), FILTER_FILE))
  expectSameBytes(pulled, await readFile(filter))
}

/** What an answer that came through a filter has to have; null for one that came without. */
export function expectHeader({ status, headers }: Response, expected: string | null): void {
  const header = headers.get('resp-header-demo')
  if (status === 200 && header === expected) return
  throw new Error(`${status}, resp-header-demo: ${header}; expected 200 and ${expected}`)
}
