import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expectEqual, expectSameBytes } from '../expect.ts'
import { execute } from '../execute.ts'
import { isolatedEnvironment } from '../isolated-environment.ts'
import { ensureTool } from '../tools.ts'
import type { ToolName } from '../versions.ts'
import { pushChildren } from './children.ts'
import { prepare } from './files.ts'
import { expectVerdict, inspected, type Row, rowOf } from './inspected.ts'
import { type Push, referenceOf } from './push.ts'
import { pushes } from './pushes.ts'
import type { Site, SiteStep } from './site.ts'

/**
 * Each convention: a real client pushes it, its row of the matrix is compared, and the available
 * consumers pull it.
 */
export const pushing: readonly SiteStep[] = [
  { name: 'the files are made', play: prepare },
  { name: 'what indexes are made of is pushed', play: pushChildren },
  ...pushes.flatMap((push): SiteStep[] => [
    {
      name: `${push.name}: pushed, and inspected as expected`,
      play: (site) => inspect(site, push),
    },
    { name: `${push.name}: Istio does what the matrix says`, play: (site) => fetch(site, push) },
    { name: `${push.name}: wkg does what the matrix says`, play: (site) => pull(site, push) },
  ]),
]

async function inspect(site: Site, push: Push): Promise<void> {
  const client = await site.client(push.client)
  const reference = referenceOf(site, push)
  const { host } = site.watch
  await client.run(push.args(referenceOf({ host }, push), host))
  const warnings = site.watch.take()
  if (push.warns !== warnings.length > 0)
    throw new Error(`the registry warned of: ${warnings.join(', ') || 'nothing'}`)
  const found = await inspected(site.wasmoor, reference)
  expectEqual(found.convention.id, push.convention)
  const cells = found.consumers.map(cellOf).join(' ')
  expectEqual(cells, push.cells)
}

function cellOf({ pull: pulled, run }: Row): string {
  return [pulled, run]
    .map(({ verdict, rule }) => (rule === 'no-such-stage' ? '-' : verdict.slice(0, 1)))
    .join('')
}

/** With the code that runs beside every proxy of Istio. */
async function fetch(site: Site, push: Push): Promise<void> {
  // Without it nothing was pushed.
  await site.client(push.client)
  const into = join(site.workshop, 'fetched')
  await rm(into, { recursive: true, force: true })
  const reference = referenceOf(site, push)
  await mkdir(into)
  const args = ['-image', reference, '-into', into]
  const { wentWell, said, printed } = await runTool(site, 'fetcher', args)
  expectVerdict(rowOf(await inspected(site.wasmoor, reference), 'istio').pull, wentWell, said)
  if (wentWell) await expectFile(site, push, fetchedFile(printed))
}

/** Of what the fetcher printed, after Istio's own log. */
export function fetchedFile(printed: string): string {
  return printed.trim().split('\n').at(-1) ?? ''
}

async function pull(site: Site, push: Push): Promise<void> {
  const target = join(site.workshop, 'pulled.wasm')
  await rm(target, { force: true })
  const reference = referenceOf(site, push)
  const args = ['oci', 'pull', '--insecure', site.host, '-o', target, reference]
  const { wentWell, said } = await runTool(site, 'wkg', args)
  expectVerdict(rowOf(await inspected(site.wasmoor, reference), 'wkg').pull, wentWell, said)
  if (wentWell) await expectFile(site, push, target)
}

async function expectFile({ workshop }: Site, { file }: Push, path: string): Promise<void> {
  expectSameBytes(await readFile(path), await readFile(join(workshop, file)))
}

async function runTool({ workshop }: Site, tool: ToolName, args: readonly string[]) {
  const { path } = await ensureTool(tool)
  const environment = isolatedEnvironment(join(workshop, 'home'))
  const outcome = await execute(path, args, { directory: workshop, environment })
  const printed = outcome.stdout.toString()
  return { wentWell: outcome.exitCode === 0, said: `${outcome.stderr}${printed}`, printed }
}
