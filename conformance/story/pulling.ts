import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { filterFile } from '../clients/artifacts.ts'
import { expectSameBytes } from '../clients/session.ts'
import { ensureTool } from '../tools.ts'
import { askThroughEnvoy, envoyConfig } from './envoy.ts'
import { builtFilter } from './pushing.ts'
import { existing, type Stage, type StoryStep } from './stage.ts'

/** Owner of the access token of the second Secret. */
export const robot = 'asm-robot'

/** How the mesh gets the filter out of the registry, and runs it. */
export const pulling: readonly StoryStep[] = [
  {
    name: 'the controller pulls with the mounted Secret, what each oras pushed',
    async play(stage) {
      await expectPull(stage, 'v0.1', 'asmwasm-cache', 'node')
      await expectPull(stage, 'v0.2', 'asmwasm-cache', 'second-node')
    },
  },
  {
    name: 'Envoy runs the pulled filter, and the header is in the answer',
    async play(stage) {
      const pulled = await existing(join(stage.filtersOn('node'), filterFile), 'a pulled filter')
      const { path: envoy } = await ensureTool('envoy')
      const configure = (port: number, to: number) => envoyConfig(port, to, pulled)
      const { direct, filtered } = await askThroughEnvoy(envoy, configure, stage.results)
      expectHeader(direct, null)
      expectHeader(filtered, 'added by our filter')
    },
  },
  {
    name: 'wasmoor secret --token makes a Secret that pulls, too',
    async play(stage) {
      const limits = ['--repositories', 'asm/**', '--expires', '1h']
      const words = ['secret', '--token', '--username', robot, '--host', stage.host]
      const secret = await stage.wasmoor.run([...words, ...limits, ...stage.registry])
      await stage.mount(secret, 'token')
      await expectPull(stage, 'v0.1', 'token', 'third-node')
    },
  },
]

/** What the controller is told: the image, and where its Secret is mounted. */
export function pullOf(stage: Stage, tag: string, secret: string): string[] {
  return ['-plain-http', '-image', `${stage.repository}:${tag}`, '-secret', stage.secret(secret)]
}

async function expectPull(stage: Stage, tag: string, secret: string, node: string): Promise<void> {
  const filter = await builtFilter(stage)
  const controller = await stage.client('controller', node)
  await controller.run([...pullOf(stage, tag, secret), '-into', stage.filtersOn(node)])
  const pulled = await readFile(join(stage.filtersOn(node), filterFile))
  expectSameBytes(pulled, await readFile(filter))
}

/** What an answer that came through a filter has to have; null for one that came without. */
export function expectHeader({ status, headers }: Response, expected: string | null): void {
  const header = headers.get('resp-header-demo')
  if (status === 200 && header === expected) return
  throw new Error(`${status}, resp-header-demo: ${header}; expected 200 and ${expected}`)
}
