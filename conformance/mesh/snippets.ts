import { mkdir, mkdtemp, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { expectSameBytes } from '../expect.ts'
import { execute } from '../execute.ts'
import { isolatedEnvironment } from '../isolated-environment.ts'
import { ensureTool } from '../tools.ts'
import { fetchedFile } from './pushing.ts'
import { type Push, referenceOf } from './push.ts'
import { pushes } from './pushes.ts'
import type { Site, SiteStep } from './site.ts'

/** Of an index the hash is that of the child. */
const HASHED = [
  'oras, two layers',
  'crane, an OCI image',
  'crane, a Docker image',
  'crane, an index of an image',
]

/** Texts of `wasmoor snippet`, done as they say. */
export const snippets: readonly SiteStep[] = [
  ...HASHED.map((name) => ({
    name: `${name}: Istio takes the address and the hash of the WasmPlugin`,
    play: (site: Site) => fetchAsTold(site, named(name)),
  })),
  {
    name: 'Istio refuses another hash',
    async play(site) {
      const fetcher = await site.client('fetcher')
      const image = referenceOf(site, named('oras, two layers'))
      const args = ['-image', image, '-sha256', '0'.repeat(64), '-into', site.workshop]
      await fetcher.expectFailure(/which does not match: 0000/, args)
    },
  },
  ...['oras, one layer', 'regctl, one layer', 'crane, an OCI image', 'oras, a Higress plugin'].map(
    (name) => ({
      name: `${name}: the command lines for oras write the file`,
      play: (site: Site) => runCommands(site, named(name), 'oras'),
    }),
  ),
  {
    name: 'wkg, a component: the command lines for wkg write the file',
    play: (site) => runCommands(site, named('wkg, a component'), 'wkg'),
  },
]

function named(name: string): Push {
  return pushes.find((push) => push.name === name)!
}

async function fetchAsTold(site: Site, push: Push): Promise<void> {
  const reference = referenceOf(site, push)
  const text = await site.wasmoor.run(['snippet', reference, '--for', 'istio'])
  const { url, sha256 } = (parse(text) as { spec: { url: string; sha256: string } }).spec
  const fetcher = await site.client('fetcher')
  const image = url.replace('oci://', '')
  const args = ['-image', image, '-sha256', sha256, '-into', site.workshop]
  const path = fetchedFile(await fetcher.run(args))
  expectSameBytes(await readFile(path), await readFile(join(site.workshop, push.file)))
}

/** In a shell and an empty folder, with the client under its usual name. */
async function runCommands(site: Site, push: Push, tool: 'oras' | 'wkg'): Promise<void> {
  await site.client(push.client)
  const text = await site.wasmoor.run(['snippet', referenceOf(site, push), '--for', tool])
  const folder = await mkdtemp(join(site.workshop, 'commands-'))
  const programs = join(folder, 'bin')
  await mkdir(programs)
  await symlink((await ensureTool(tool)).path, join(programs, tool))
  // wkg finds a package by settings that the text names.
  const commands = text.split('\n').filter((line) => !line.startsWith('wkg get'))
  const environment = {
    ...isolatedEnvironment(folder),
    PATH: `${programs}:${process.env['PATH'] ?? ''}`,
  }
  const options = { directory: folder, environment }
  const { exitCode, stderr } = await execute('sh', ['-ec', commands.join('\n')], options)
  if (exitCode !== 0) throw new Error(`${text}\nexit code ${exitCode}: ${stderr}`)
  const written = /^# It writes (\S+)\.$|(?:-o|>) (\S+)$/m.exec(text)
  const file = written?.[1] ?? written?.[2] ?? 'filter.wasm'
  const expected = await readFile(join(site.workshop, push.file))
  expectSameBytes(await readFile(join(folder, file)), expected)
}
