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

/** Steps in which the mesh pulls the filter and runs it. */
export const PULL_STEPS: readonly StoryStep[] = [
  {
    name: 'the controller pulls both tags with the mounted Secret',
    async run(fixture) {
      await expectPull(fixture, 'v0.1', 'asmwasm-cache', 'node')
      await expectPull(fixture, 'v0.2', 'asmwasm-cache', 'second-node')
    },
  },
  {
    name: 'Envoy runs the pulled filter, and the response has its header',
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
    name: 'the controller pulls with a Secret of wasmoor secret --token',
    async run(fixture) {
      const limits = ['--repositories', 'asm/**', '--expires', '1h']
      const words = ['secret', '--token', '--username', ROBOT, '--host', fixture.host]
      const secret = await fixture.wasmoor.run([...words, ...limits, ...fixture.registry])
      await fixture.mount(secret, 'token')
      await expectPull(fixture, 'v0.1', 'token', 'third-node')
    },
  },
]

/** The arguments of the controller: the image, and its mounted Secret. */
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

/**
 * Asserts that the response has the header of the filter; null for a response without the filter.
 */
export function expectHeader({ status, headers }: Response, expected: string | null): void {
  const header = headers.get('resp-header-demo')
  if (status === 200 && header === expected) return
  throw new Error(`${status}, resp-header-demo: ${header}; expected 200 and ${expected}`)
}
