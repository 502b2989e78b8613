import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configFile, configType, filterType, runtimeConfig } from '../clients/artifacts.ts'
import { execute } from '../execute.ts'
import type { ToolName } from '../versions.ts'
import type { Site } from './site.ts'

/** One way in which a real client puts Wasm into a registry. */
export interface Push {
  readonly name: string
  readonly client: ToolName
  /** Arguments of the client. */
  args(reference: string, host: string): readonly string[]
  /** What was pushed. */
  readonly file: string
  /** The convention that the registry has to see in it. */
  readonly convention: string
  /** One cell for each consumer: see `consumers`. */
  readonly cells: string
}

const filter = 'filter.wasm'
const component = 'calculator.wasm'
const archive = 'plugin.tar.gz'
const empty = 'empty.json'

/** The columns of the cells. */
export const consumers = [
  'istio',
  'envoy-gateway',
  'higress',
  'asm',
  'envoy',
  'wkg',
  'wash',
  'wassette',
  'spin',
  'kubewarden',
  'runwasi',
]

const config = `${configFile}:${configType}`
const oras =
  (...parts: string[]) =>
  (reference: string): string[] => ['push', '--plain-http', reference, ...parts]
const spec = 'application/vnd.module.wasm.spec.v1+yaml'
const readme = 'application/vnd.module.wasm.doc.v1+markdown'
const contentConfig = 'application/vnd.wasm.config.v1+json'
const content = 'application/vnd.wasm.content.layer.v1+wasm'
const gzipped = 'application/vnd.oci.image.layer.v1.tar+gzip'

/**
 * In each cell pull and run: o is ok, r refuses, u unknown, - no such stage. What a consumer does not take it cannot run, but
 * where the file is in plain sight it is said what it would do.
 */
export const pushes: readonly Push[] = [
  {
    name: 'oras 0.12, one layer',
    client: 'oras-0.12',
    args: (reference) => [
      'push',
      reference,
      '--manifest-config',
      config,
      `${filter}:${filterType}`,
    ],
    file: filter,
    convention: 'asm-single-layer',
    cells: 'ro ro ro oo -o r- rr rr ru ru rr',
  },
  {
    name: 'oras, one layer',
    client: 'oras',
    args: oras('--config', config, `${filter}:${filterType}`),
    file: filter,
    convention: 'asm-single-layer',
    cells: 'ro ro ro oo -o r- rr rr ru ru rr',
  },
  {
    name: 'regctl, one layer',
    client: 'regctl',
    args: (reference, host) => [
      '--host',
      `reg=${host},tls=disabled`,
      'artifact',
      'put',
      '-f',
      filter,
      '-m',
      filterType,
      '--config-file',
      configFile,
      '--config-type',
      configType,
      '--file-title',
      reference,
    ],
    file: filter,
    convention: 'asm-single-layer',
    cells: 'ro ro ro oo -o r- rr rr ru ru rr',
  },
  {
    name: 'oras, two layers',
    client: 'oras',
    args: oras('--config', config, config, `${filter}:${filterType}`),
    file: filter,
    convention: 'solo-io-oci',
    cells: 'oo oo oo uo -o r- ru rr ru ru rr',
  },
  {
    name: 'oras, three layers',
    client: 'oras',
    args: oras('--config', config, config, `${filter}:${filterType}`, 'README.md:text/markdown'),
    file: filter,
    convention: 'module-layers',
    cells: 'ro ro ro uo -o r- ru rr ru ru rr',
  },
  {
    name: 'crane, an OCI image',
    client: 'crane',
    args: (reference) => ['append', '--oci-empty-base', '-f', archive, '-t', reference],
    file: filter,
    convention: 'compat',
    cells: 'oo oo oo uo -o r- ru rr ru ru ur',
  },
  {
    name: 'crane, a Docker image',
    client: 'crane',
    args: (reference) => ['append', '-f', archive, '-t', reference],
    file: filter,
    convention: 'docker',
    cells: 'oo oo oo uo -o r- ru rr ru ru ur',
  },
  {
    name: 'oras, a Higress plugin',
    client: 'oras',
    args: oras(`spec.yaml:${spec}`, `README.md:${readme}`, `${archive}:${gzipped}`),
    file: filter,
    convention: 'higress',
    cells: 'oo oo oo uo -o r- ru rr ru ru rr',
  },
  {
    name: 'oras, an image without plugin.wasm',
    client: 'oras',
    args: oras(`other.tar.gz:${gzipped}`),
    file: filter,
    convention: 'none',
    cells: 'ru ru ru uu ru ru ru ru ru ru uu',
  },
  {
    name: 'oras, wasm-to-oci',
    client: 'oras',
    args: oras('--config', `${empty}:${contentConfig}`, `${filter}:${content}`),
    file: filter,
    convention: 'wasm-to-oci',
    cells: 'ro ro ro uo -o r- ru rr ou ou rr',
  },
  {
    name: 'oras, a component as application/wasm',
    client: 'oras',
    args: oras(`${component}:application/wasm`),
    file: component,
    convention: 'bare-wasm',
    cells: 'rr rr rr ur -r r- ou ru ou rr ru',
  },
  {
    name: 'oras, a file without a type',
    client: 'oras',
    args: oras(filter),
    file: filter,
    convention: 'untyped',
    cells: 'ro ro ro uo -o r- ru rr ru ru ur',
  },
  {
    name: 'oras, a component in two layers of a filter',
    client: 'oras',
    args: oras('--config', config, config, `${component}:${filterType}`),
    file: component,
    convention: 'solo-io-oci',
    cells: 'or or or ur -r r- ru ru ru rr ru',
  },
  {
    name: 'wkg, a component',
    client: 'wkg',
    args: (reference, host) => ['oci', 'push', '--insecure', host, reference, component],
    file: component,
    convention: 'wkg',
    cells: 'rr rr rr ur -r o- ou ou ou rr ou',
  },
  {
    name: 'wkg, a core module',
    client: 'wkg',
    args: (reference, host) => ['oci', 'push', '--insecure', host, reference, filter],
    file: filter,
    convention: 'wkg',
    cells: 'ro ro ro uo -o o- rr or ou ru or',
  },
]

/** Where a push goes: a repository of its own. */
export function referenceOf({ host }: Site, { name }: Push): string {
  return `${host}/mesh/${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}:0.1.0`
}

/** Makes the files that are pushed. */
export async function prepare(site: Site): Promise<void> {
  const at = (name: string) => join(site.workshop, name)
  const wat2wasm = await site.client('wat2wasm')
  await wat2wasm.run([join(import.meta.dirname, '../story/filter/filter.wat'), '-o', filter])
  const fixture = '../../test/wasm/fixtures/calculator.component.wasm'
  await copyFile(join(import.meta.dirname, fixture), at(component))
  await copyFile(at(filter), at('plugin.wasm'))
  await writeFile(at(configFile), runtimeConfig)
  await writeFile(at(empty), '{}')
  await writeFile(at('README.md'), '# A filter\n')
  await writeFile(at('spec.yaml'), 'apiVersion: 1.0.0\ninfo: {name: demo, version: 1.0.0}\n')
  await tar(site, archive, 'plugin.wasm')
  await tar(site, 'other.tar.gz', filter)
}

async function tar({ workshop }: Site, target: string, ...files: string[]): Promise<void> {
  const { exitCode, stderr } = await execute('tar', ['-czf', target, ...files], {
    directory: workshop,
  })
  if (exitCode !== 0) throw new Error(stderr)
}
