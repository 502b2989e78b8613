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

/**
 * Both policies require that Istio can load tagged artifacts; the second derives a layout that it
 * can load.
 */
export const POLICIES = [
  { repositories: ['asm/strict'], mode: 'enforce', consumers: ['istio'] },
  { repositories: ['asm/derived'], mode: 'enforce', consumers: ['istio'], derive: ['envoy'] },
]

/** Steps that bring a filter, pushed with the command of the guides, into an Istio mesh. */
export const MESH_STEPS: readonly StoryStep[] = [
  {
    name: 'Istio refuses the pushed artifact with the error that wasmoor inspect predicts',
    async run(fixture) {
      const { succeeded, output } = await fetchWithIstio(fixture, 'asm-test:v0.1')
      if (succeeded) throw new Error('Istio loads it, but should not')
      await expectPredicted(fixture, 'asm-test:v0.1', succeeded, output)
      expectEqual(output.includes('number of layers must be 2 but got 1'), true)
    },
  },
  ...LAYOUTS.flatMap((layout): StoryStep[] => [
    {
      name: `one request derives the layout ${layout}, and a second one finds it`,
      async run(fixture) {
        const { digest } = await requestLayout(fixture, layout, 201)
        expectEqual((await requestLayout(fixture, layout, 200)).digest, digest)
      },
    },
    {
      name: `Istio loads the layout ${layout}, with the same filter`,
      async run(fixture) {
        const { succeeded, output, file } = await fetchWithIstio(fixture, `asm-test:v0.1-${layout}`)
        await expectPredicted(fixture, `asm-test:v0.1-${layout}`, succeeded, output)
        await expectFilter(fixture, { succeeded, output, file })
        await writeFile(fixture.fetched(layout), await readFile(file))
      },
    },
    {
      name: `Envoy runs the filter that Istio fetched from the layout ${layout}`,
      async run(fixture) {
        const file = await requireFile(fixture.fetched(layout), 'a filter that Istio fetched')
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
    name: 'crane validates the image of the layout compat',
    async run(fixture) {
      const crane = await fixture.client('crane', 'engineer-of-today')
      const { username, password } = ENGINEER
      const login = ['auth', 'login', '-u', username, '--password-stdin', fixture.host]
      await crane.run(login, password)
      await crane.run(['validate', '--remote', `${fixture.repository}:v0.1-compat`])
    },
  },
  {
    name: 'a policy for Istio rejects the push, with the error of Istio and the remedy',
    async run(fixture) {
      await requireFilter(fixture)
      const oras = await fixture.client('oras', 'engineer-of-today')
      const words =
        /number of layers must be 2 but got 1.*push it without a tag, then derive the layout: POST/s
      await oras.expectFailure(words, push(fixture, 'strict:v0.1'))
    },
  },
  {
    name: 'a policy that derives accepts the push, oras prints the tag of the layout, and Istio loads it',
    async run(fixture) {
      await requireFilter(fixture)
      const oras = await fixture.client('oras', 'engineer-of-today')
      const output = await oras.runForStderr(push(fixture, 'derived:v0.1'))
      if (!output.includes(`pull ${fixture.host}/asm/derived:v0.1-envoy`)) throw new Error(output)
      await expectFilter(fixture, await fetchWithIstio(fixture, 'derived:v0.1-envoy'))
    },
  },
]

function push({ host }: StoryFixture, image: string): string[] {
  const files = [`${CONFIG_FILE}:${CONFIG_TYPE}`, `${FILTER_FILE}:${FILTER_TYPE}`]
  return ['push', '--plain-http', `${host}/asm/${image}`, '--config', ...files]
}

/** Asks the registry to derive a layout of v0.1. */
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
  readonly succeeded: boolean
  readonly output: string
  /** The path of the module. */
  readonly file: string
}

/** Fetches with the code of Istio's proxies, and the Secret of the mesh. */
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
  return { succeeded: exitCode === 0, output: `${stderr}${printed}`, file }
}

async function expectFilter(
  fixture: StoryFixture,
  { succeeded, output, file }: FetchResult,
): Promise<void> {
  if (!succeeded) throw new Error(output)
  expectSameBytes(await readFile(file), await readFile(await requireFilter(fixture)))
}

async function expectPredicted(
  fixture: StoryFixture,
  image: string,
  succeeded: boolean,
  output: string,
) {
  const credentials = ['--credentials', fixture.secret('asmwasm-cache')]
  const found = await inspected(fixture.wasmoor, `${fixture.host}/asm/${image}`, credentials)
  expectVerdict(rowOf(found, 'istio').pull, succeeded, output)
}

async function expectRun(program: string, args: readonly string[]) {
  const outcome = await execute(program, args)
  if (outcome.exitCode !== 0) throw new Error(`${program}: ${outcome.stderr}`)
  return outcome
}
