import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configFile, configType, filterFile, filterType } from '../clients/artifacts.ts'
import { expectEqual, expectSameBytes } from '../clients/session.ts'
import { execute } from '../execute.ts'
import { expectVerdict, inspected, rowOf } from '../mesh/inspected.ts'
import { ensureTool } from '../tools.ts'
import { askThroughEnvoy, envoyConfig } from './envoy.ts'
import { expectHeader } from './pulling.ts'
import { builtFilter } from './pushing.ts'
import { engineer, existing, type Stage, type StoryStep } from './stage.ts'

const layouts = ['envoy', 'compat'] as const
type Layout = (typeof layouts)[number]

/** In one repository Istio must be able to load what a tag points at; in the other the registry sees to that itself. */
export const policies = [
  { repositories: ['asm/strict'], mode: 'enforce', consumers: ['istio'] },
  { repositories: ['asm/derived'], mode: 'enforce', consumers: ['istio'], derive: ['envoy'] },
]

/** How a filter that was pushed by the line of the guides gets into a mesh that does not take it so. */
export const meshes: readonly StoryStep[] = [
  {
    name: 'Istio does not take what was pushed, and says what wasmoor inspect says',
    async play(stage) {
      const { wentWell, said } = await fetchWithIstio(stage, 'asm-test:v0.1')
      if (wentWell) throw new Error('Istio takes it, and should not')
      await expectPredicted(stage, 'asm-test:v0.1', wentWell, said)
      expectEqual(said.includes('number of layers must be 2 but got 1'), true)
    },
  },
  ...layouts.flatMap((layout): StoryStep[] => [
    {
      name: `one request makes the layout ${layout}, and a second one finds it`,
      async play(stage) {
        const { digest } = await made(stage, layout, 201)
        expectEqual((await made(stage, layout, 200)).digest, digest)
      },
    },
    {
      name: `Istio takes the layout ${layout}, and has the very filter`,
      async play(stage) {
        const { wentWell, said, file } = await fetchWithIstio(stage, `asm-test:v0.1-${layout}`)
        await expectPredicted(stage, `asm-test:v0.1-${layout}`, wentWell, said)
        await expectFilter(stage, { wentWell, said, file })
        await writeFile(stage.fetched(layout), await readFile(file))
      },
    },
    {
      name: `Envoy runs what Istio took from the layout ${layout}`,
      async play(stage) {
        const file = await existing(stage.fetched(layout), 'a filter that Istio took')
        const { path: envoy } = await ensureTool('envoy')
        const configure = (port: number, to: number) => envoyConfig(port, to, file)
        const { direct, filtered } = await askThroughEnvoy(envoy, configure, stage.results)
        expectHeader(direct, null)
        expectHeader(filtered, 'added by our filter')
      },
    },
  ]),
  {
    name: 'tar and gzip read the layer of the layout compat',
    async play(stage) {
      const manifest = await ask(stage, 'GET', 'manifests/v0.1-compat', 200)
      const { layers } = (await manifest.json()) as { layers: { digest: string }[] }
      const layer = await ask(stage, 'GET', `blobs/${layers[0]?.digest}`, 200)
      const archive = join(stage.workshop, 'layer.tar.gz')
      await writeFile(archive, Buffer.from(await layer.arrayBuffer()))
      await expectRun('gzip', ['--test', archive])
      const { stdout } = await expectRun('tar', ['-xzOf', archive, 'plugin.wasm'])
      expectSameBytes(stdout, await readFile(await builtFilter(stage)))
    },
  },
  {
    name: 'crane finds nothing wrong with the image of the layout compat',
    async play(stage) {
      const crane = await stage.client('crane', 'engineer-of-today')
      const { username, password } = engineer
      const login = ['auth', 'login', '-u', username, '--password-stdin', stage.host]
      await crane.run(login, password)
      await crane.run(['validate', '--remote', `${stage.repository}:v0.1-compat`])
    },
  },
  {
    name: 'where a policy asks for Istio the push is refused in its words, with the way out',
    async play(stage) {
      await builtFilter(stage)
      const oras = await stage.client('oras', 'engineer-of-today')
      const words = /number of layers must be 2 but got 1.*push it without a tag, then POST/s
      await oras.refuse(words, push(stage, 'strict:v0.1'))
    },
  },
  {
    name: 'where it derives as well the push is taken, oras tells the tag, and Istio takes that',
    async play(stage) {
      await builtFilter(stage)
      const oras = await stage.client('oras', 'engineer-of-today')
      const said = await oras.heard(push(stage, 'derived:v0.1'))
      if (!said.includes(`pull ${stage.host}/asm/derived:v0.1-envoy`)) throw new Error(said)
      await expectFilter(stage, await fetchWithIstio(stage, 'derived:v0.1-envoy'))
    },
  },
]

function push({ host }: Stage, image: string): string[] {
  const files = [`${configFile}:${configType}`, `${filterFile}:${filterType}`]
  return ['push', '--plain-http', `${host}/asm/${image}`, '--config', ...files]
}

/** Asks for the layout of v0.1, as an engineer does with curl. */
async function made(stage: Stage, layout: Layout, status: number) {
  const answer = await ask(stage, 'POST', `_wasmoor/wasm/v0.1?layout=${layout}`, status)
  const { digest, tag } = (await answer.json()) as { digest: string; tag: string }
  expectEqual(tag, `v0.1-${layout}`)
  expectEqual(answer.headers.get('location')?.split('/').at(-1), digest)
  return { digest }
}

async function ask({ host }: Stage, method: string, path: string, status: number) {
  const { username, password } = engineer
  const login = Buffer.from(`${username}:${password}`).toString('base64')
  const answer = await fetch(`http://${host}/v2/asm/asm-test/${path}`, {
    method,
    headers: { Authorization: `Basic ${login}` },
  })
  if (answer.status === status) return answer
  throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
}

interface Fetched {
  wentWell: boolean
  said: string
  /** Where the module is. */
  file: string
}

/** With the code that runs beside every proxy of Istio, and the Secret of the mesh. */
async function fetchWithIstio(stage: Stage, image: string): Promise<Fetched> {
  const { path } = await ensureTool('fetcher')
  const into = join(stage.workshop, 'istio')
  await rm(into, { recursive: true, force: true })
  await mkdir(into, { recursive: true })
  const secret = ['-secret', stage.secret('asmwasm-cache'), '-into', into]
  const args = ['-image', `${stage.host}/asm/${image}`, ...secret]
  const { exitCode, stdout, stderr } = await execute(path, args)
  const printed = stdout.toString()
  const file = printed.trim().split('\n').at(-1) ?? ''
  return { wentWell: exitCode === 0, said: `${stderr}${printed}`, file }
}

async function expectFilter(stage: Stage, { wentWell, said, file }: Fetched): Promise<void> {
  if (!wentWell) throw new Error(said)
  expectSameBytes(await readFile(file), await readFile(await builtFilter(stage)))
}

async function expectPredicted(stage: Stage, image: string, wentWell: boolean, said: string) {
  const credentials = ['--credentials', stage.secret('asmwasm-cache')]
  const found = await inspected(stage.wasmoor, `${stage.host}/asm/${image}`, credentials)
  expectVerdict(rowOf(found, 'istio').pull, wentWell, said)
}

async function expectRun(program: string, args: readonly string[]) {
  const outcome = await execute(program, args)
  if (outcome.exitCode !== 0) throw new Error(`${program}: ${outcome.stderr}`)
  return outcome
}
