import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CONFIG_FILE, CONFIG_TYPE, FILTER_FILE, FILTER_TYPE } from '../clients/artifacts.ts'
import { expectEqual, expectSameBytes } from '../expect.ts'
import { execute } from '../execute.ts'
import { expectVerdict, inspected, rowOf } from '../mesh/inspected.ts'
import { ensureTool } from '../tools.ts'
import { askThroughEnvoy, envoyConfig } from './envoy.ts'
import { expectHeader } from './pulling.ts'
import { requireFilter } from './pushing.ts'
import { ENGINEER, requireFile, type StoryFixture, type StoryStep } from './fixture.ts'

const LAYOUTS = ['envoy', 'compat'] as const
type Layout = (typeof LAYOUTS)[number]

/** In one repository Istio must be able to load what a tag points at; in the other the registry sees to that itself. */
export const POLICIES = [
  { repositories: ['asm/strict'], mode: 'enforce', consumers: ['istio'] },
  { repositories: ['asm/derived'], mode: 'enforce', consumers: ['istio'], derive: ['envoy'] },
]

/** How a filter that was pushed by the line of the guides gets into a mesh that does not take it so. */
export const MESH_STEPS: readonly StoryStep[] = [
  {
    name: 'Istio does not take what was pushed, and says what wasmoor inspect says',
    async run(fixture) {
      const { wentWell, said } = await fetchWithIstio(fixture, 'asm-test:v0.1')
      if (wentWell) throw new Error('Istio takes it, and should not')
      await expectPredicted(fixture, 'asm-test:v0.1', wentWell, said)
      expectEqual(said.includes('number of layers must be 2 but got 1'), true)
    },
  },
  ...LAYOUTS.flatMap((layout): StoryStep[] => [
    {
      name: `one request makes the layout ${layout}, and a second one finds it`,
      async run(fixture) {
        const { digest } = await requestLayout(fixture, layout, 201)
        expectEqual((await requestLayout(fixture, layout, 200)).digest, digest)
      },
    },
    {
      name: `Istio takes the layout ${layout}, and has the very filter`,
      async run(fixture) {
        const { wentWell, said, file } = await fetchWithIstio(fixture, `asm-test:v0.1-${layout}`)
        await expectPredicted(fixture, `asm-test:v0.1-${layout}`, wentWell, said)
        await expectFilter(fixture, { wentWell, said, file })
        await writeFile(fixture.fetched(layout), await readFile(file))
      },
    },
    {
      name: `Envoy runs what Istio took from the layout ${layout}`,
      async run(fixture) {
        const file = await requireFile(fixture.fetched(layout), 'a filter that Istio took')
        const { path: envoy } = await ensureTool('envoy')
        const configure = (port: number, to: number) => envoyConfig(port, to, file)
        const { direct, filtered } = await askThroughEnvoy(envoy, configure, fixture.results)
        expectHeader(direct, null)
        expectHeader(filtered, 'added by our filter')
      },
    },
  ]),
  {
    name: 'tar and gzip read the layer of the layout compat',
    async run(fixture) {
      const manifest = await ask(fixture, 'GET', 'manifests/v0.1-compat', 200)
      const { layers } = (await manifest.json()) as { layers: { digest: string }[] }
      const layer = await ask(fixture, 'GET', `blobs/${layers[0]?.digest}`, 200)
      const archive = join(fixture.workshop, 'layer.tar.gz')
      await writeFile(archive, Buffer.from(await layer.arrayBuffer()))
      await expectRun('gzip', ['--test', archive])
      const { stdout } = await expectRun('tar', ['-xzOf', archive, 'plugin.wasm'])
      expectSameBytes(stdout, await readFile(await requireFilter(fixture)))
    },
  },
  {
    name: 'crane finds nothing wrong with the image of the layout compat',
    async run(fixture) {
      const crane = await fixture.client('crane', 'engineer-of-today')
      const { username, password } = ENGINEER
      const login = ['auth', 'login', '-u', username, '--password-stdin', fixture.host]
      await crane.run(login, password)
      await crane.run(['validate', '--remote', `${fixture.repository}:v0.1-compat`])
    },
  },
  {
    name: 'where a policy asks for Istio the push is refused in its words, with the way out',
    async run(fixture) {
      await requireFilter(fixture)
      const oras = await fixture.client('oras', 'engineer-of-today')
      const words = /number of layers must be 2 but got 1.*push it without a tag, then POST/s
      await oras.expectFailure(words, push(fixture, 'strict:v0.1'))
    },
  },
  {
    name: 'where it derives as well the push is taken, oras tells the tag, and Istio takes that',
    async run(fixture) {
      await requireFilter(fixture)
      const oras = await fixture.client('oras', 'engineer-of-today')
      const said = await oras.runForStderr(push(fixture, 'derived:v0.1'))
      if (!said.includes(`pull ${fixture.host}/asm/derived:v0.1-envoy`)) throw new Error(said)
      await expectFilter(fixture, await fetchWithIstio(fixture, 'derived:v0.1-envoy'))
    },
  },
]

function push({ host }: StoryFixture, image: string): string[] {
  const files = [`${CONFIG_FILE}:${CONFIG_TYPE}`, `${FILTER_FILE}:${FILTER_TYPE}`]
  return ['push', '--plain-http', `${host}/asm/${image}`, '--config', ...files]
}

/** Asks for the layout of v0.1, as an engineer does with curl. */
async function requestLayout(fixture: StoryFixture, layout: Layout, status: number) {
  const answer = await ask(fixture, 'POST', `_wasmoor/wasm/v0.1?layout=${layout}`, status)
  const { digest, tag } = (await answer.json()) as { digest: string; tag: string }
  expectEqual(tag, `v0.1-${layout}`)
  expectEqual(answer.headers.get('location')?.split('/').at(-1), digest)
  return { digest }
}

async function ask({ host }: StoryFixture, method: string, path: string, status: number) {
  const { username, password } = ENGINEER
  const login = Buffer.from(`${username}:${password}`).toString('base64')
  const answer = await fetch(`http://${host}/v2/asm/asm-test/${path}`, {
    method,
    headers: { Authorization: `Basic ${login}` },
  })
  if (answer.status === status) return answer
  throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
}

interface FetchResult {
  readonly wentWell: boolean
  readonly said: string
  /** Where the module is. */
  readonly file: string
}

/** With the code that runs beside every proxy of Istio, and the Secret of the mesh. */
async function fetchWithIstio(fixture: StoryFixture, image: string): Promise<FetchResult> {
  const { path } = await ensureTool('fetcher')
  const into = join(fixture.workshop, 'istio')
  await rm(into, { recursive: true, force: true })
  await mkdir(into, { recursive: true })
  const secret = ['-secret', fixture.secret('asmwasm-cache'), '-into', into]
  const args = ['-image', `${fixture.host}/asm/${image}`, ...secret]
  const { exitCode, stdout, stderr } = await execute(path, args)
  const printed = stdout.toString()
  const file = printed.trim().split('\n').at(-1) ?? ''
  return { wentWell: exitCode === 0, said: `${stderr}${printed}`, file }
}

async function expectFilter(
  fixture: StoryFixture,
  { wentWell, said, file }: FetchResult,
): Promise<void> {
  if (!wentWell) throw new Error(said)
  expectSameBytes(await readFile(file), await readFile(await requireFilter(fixture)))
}

async function expectPredicted(
  fixture: StoryFixture,
  image: string,
  wentWell: boolean,
  said: string,
) {
  const credentials = ['--credentials', fixture.secret('asmwasm-cache')]
  const found = await inspected(fixture.wasmoor, `${fixture.host}/asm/${image}`, credentials)
  expectVerdict(rowOf(found, 'istio').pull, wentWell, said)
}

async function expectRun(program: string, args: readonly string[]) {
  const outcome = await execute(program, args)
  if (outcome.exitCode !== 0) throw new Error(`${program}: ${outcome.stderr}`)
  return outcome
}
