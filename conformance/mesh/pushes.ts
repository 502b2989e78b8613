import { CONFIG_FILE, CONFIG_TYPE, FILTER_TYPE } from '../clients/artifacts.ts'
import { archive, component, empty, filter, spinConfig, spinLock } from './files.ts'
import { armImage, type Push } from './push.ts'

const config = `${CONFIG_FILE}:${CONFIG_TYPE}`
const oras =
  (...parts: string[]) =>
  (reference: string): string[] => ['push', '--plain-http', reference, ...parts]
const spec = 'application/vnd.module.wasm.spec.v1+yaml'
const readme = 'application/vnd.module.wasm.doc.v1+markdown'
const contentConfig = 'application/vnd.wasm.config.v1+json'
const content = 'application/vnd.wasm.content.layer.v1+wasm'
const gzipped = 'application/vnd.oci.image.layer.v1.tar+gzip'

/**
 * In each cell pull and run: o is ok, r refuses, u unknown, - no such stage. What a consumer does
 * not take it cannot run, but
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
      `${filter}:${FILTER_TYPE}`,
    ],
    file: filter,
    convention: 'asm-single-layer',
    cells: 'ro ro ro oo -o r- rr rr ru ru rr',
    warns: true,
  },
  {
    name: 'oras, one layer',
    client: 'oras',
    args: oras('--config', config, `${filter}:${FILTER_TYPE}`),
    file: filter,
    convention: 'asm-single-layer',
    cells: 'ro ro ro oo -o r- rr rr ru ru rr',
    warns: true,
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
      FILTER_TYPE,
      '--config-file',
      CONFIG_FILE,
      '--config-type',
      CONFIG_TYPE,
      '--file-title',
      reference,
    ],
    file: filter,
    convention: 'asm-single-layer',
    cells: 'ro ro ro oo -o r- rr rr ru ru rr',
    warns: true,
  },
  {
    name: 'oras, two layers',
    client: 'oras',
    args: oras('--config', config, config, `${filter}:${FILTER_TYPE}`),
    file: filter,
    convention: 'solo-io-oci',
    cells: 'oo oo oo uo -o r- ru rr ru ru rr',
    warns: false,
  },
  {
    name: 'oras, three layers',
    client: 'oras',
    args: oras('--config', config, config, `${filter}:${FILTER_TYPE}`, 'README.md:text/markdown'),
    file: filter,
    convention: 'module-layers',
    cells: 'ro ro ro uo -o r- ru rr ru ru rr',
    warns: true,
  },
  {
    name: 'crane, an OCI image',
    client: 'crane',
    args: (reference) => ['append', '--oci-empty-base', '-f', archive, '-t', reference],
    file: filter,
    convention: 'compat',
    cells: 'oo oo oo uo -o r- ru rr ru ru ur',
    warns: false,
  },
  {
    name: 'crane, a Docker image',
    client: 'crane',
    args: (reference) => ['append', '-f', archive, '-t', reference],
    file: filter,
    convention: 'docker',
    cells: 'oo oo oo uo -o r- ru rr ru ru ur',
    warns: false,
  },
  {
    name: 'crane, an index of an image',
    client: 'crane',
    args: (reference, host) => {
      const image = `${host}/mesh/crane-an-oci-image:0.1.0`
      return ['index', 'append', '-m', image, '-t', reference]
    },
    file: filter,
    convention: 'index',
    cells: 'oo oo oo uu -o ru ru ru ru ru uu',
    warns: false,
  },
  {
    name: 'crane, an index of an image for arm64',
    client: 'crane',
    args: (reference, host) => ['index', 'append', '-m', armImage(host), '-t', reference],
    file: filter,
    convention: 'index',
    cells: 'ru ru ru uu ru ru ru ru ru ru uu',
    warns: true,
  },
  {
    name: 'oras, an index of an artifact without a platform',
    client: 'oras',
    args: (reference) => ['manifest', 'index', 'create', '--plain-http', reference, 'two-layers'],
    file: filter,
    convention: 'index',
    cells: 'oo oo oo uu -o ru ru ru ru ru uu',
    warns: false,
  },
  {
    name: 'oras, a Higress plugin',
    client: 'oras',
    args: oras(`spec.yaml:${spec}`, `README.md:${readme}`, `${archive}:${gzipped}`),
    file: filter,
    convention: 'higress',
    cells: 'oo oo oo uo -o r- ru rr ru ru rr',
    warns: false,
  },
  {
    name: 'oras, an image without plugin.wasm',
    client: 'oras',
    args: oras(`other.tar.gz:${gzipped}`),
    file: filter,
    convention: 'none',
    cells: 'ru ru ru uu ru ru ru ru ru ru uu',
    warns: false,
  },
  {
    name: 'oras, wasm-to-oci',
    client: 'oras',
    args: oras('--config', `${empty}:${contentConfig}`, `${filter}:${content}`),
    file: filter,
    convention: 'wasm-to-oci',
    cells: 'ro ro ro uo -o r- ru rr ou ou rr',
    warns: false,
  },
  {
    name: 'oras, in the form of a Kubewarden policy',
    client: 'oras',
    args: oras(
      '--config',
      `${empty}:${contentConfig}`,
      '--annotation',
      'io.kubewarden.policy.title=demo',
      `${filter}:${content}`,
    ),
    file: filter,
    convention: 'kubewarden',
    cells: 'ro ro ro uo -o r- ru rr ou ou rr',
    warns: false,
  },
  {
    name: 'oras, in the form of a Spin application',
    client: 'oras',
    args: oras(
      '--config',
      `${spinConfig}:application/vnd.oci.image.config.v1+json`,
      `${component}:${content}`,
      `${spinLock}:application/vnd.fermyon.spin.application.v1+config`,
    ),
    file: component,
    convention: 'spin',
    cells: 'rr rr rr ur -r r- ru ru ou rr ru',
    warns: false,
  },
  {
    name: 'oras, a component as application/wasm',
    client: 'oras',
    args: oras(`${component}:application/wasm`),
    file: component,
    convention: 'bare-wasm',
    cells: 'rr rr rr ur -r r- ou ru ou rr ru',
    warns: true,
  },
  {
    name: 'oras, a file without a type',
    client: 'oras',
    args: oras(filter),
    file: filter,
    convention: 'untyped',
    cells: 'ro ro ro uo -o r- ru rr ru ru ur',
    warns: true,
  },
  {
    name: 'oras, a component in two layers of a filter',
    client: 'oras',
    args: oras('--config', config, config, `${component}:${FILTER_TYPE}`),
    file: component,
    convention: 'solo-io-oci',
    cells: 'or or or ur -r r- ru ru ru rr ru',
    warns: true,
  },
  {
    name: 'wkg, a component',
    client: 'wkg',
    args: (reference, host) => ['oci', 'push', '--insecure', host, reference, component],
    file: component,
    convention: 'wkg',
    cells: 'rr rr rr ur -r o- ou ou ou rr ou',
    warns: false,
  },
  {
    name: 'wkg, a core module',
    client: 'wkg',
    args: (reference, host) => ['oci', 'push', '--insecure', host, reference, filter],
    file: filter,
    convention: 'wkg',
    cells: 'ro ro ro uo -o o- rr or ou ru or',
    warns: false,
  },
]
