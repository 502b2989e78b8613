import type { ConsumerId } from '../consumers/consumer.ts'
import type { Artifact } from '../model/artifact.ts'
import {
  claimsWasm,
  MODULE_CONFIG,
  MODULE_LAYER,
  OCI_EMPTY,
  SPIN_APPLICATION,
  UNKNOWN_CONFIG,
  WASM_CONFIG_V0,
} from '../model/media-types.ts'
import { wasmFileOf } from '../model/wasm-file.ts'
import { inCommand } from './printable.ts'

/** Files that a command is written out with. */
const FILES = 4
/** A module without a name of its own, or with one that a shell would misread. */
const FILE = 'filter.wasm'
/** Likewise a type. */
const TYPE = 'TYPE'
const NOTHING_KNOWN = { blobs: new Map(), archives: new Map() }

/** The names that commands about one artifact are made of. */
export interface Names {
  /** `host/repository:tag`, known to be plain. */
  readonly reference: string
  readonly file: string
}

export function namesOf(artifact: Artifact, reference: string): Names {
  const title = wasmFileOf(artifact, NOTHING_KNOWN)?.layer.title
  return { reference, file: inCommand(title, FILE) }
}

/** The same push with other bytes: with the client of the convention, or with the same types. */
export function pushAgain({ config, layers }: Artifact, names: Names): string {
  if (config?.mediaType === WASM_CONFIG_V0) return pushWithWkg(names)
  if (layers.some(({ mediaType }) => mediaType === SPIN_APPLICATION)) return pushApplication(names)
  const saysNothing = [undefined, OCI_EMPTY, UNKNOWN_CONFIG].includes(config?.mediaType)
  const first = saysNothing ? [] : [`--config config.json:${inCommand(config?.mediaType, TYPE)}`]
  const files = layers
    .slice(0, FILES)
    .map(
      ({ title, mediaType }, position) =>
        `${fileName(title, mediaType, position)}:${inCommand(mediaType, TYPE)}`,
    )
  return ['oras push', names.reference, ...first, ...files].join(' ')
}

/** A module by the name that it has when it is unpacked, or translated. */
function fileName(title: string | undefined, mediaType: string, position: number): string {
  if (!claimsWasm(mediaType)) return inCommand(title, `file${position}`)
  const unpacked = title?.replace(/(?:\.tar)?\.(?:gz|zst|bz2|xz)$|\.(?:tgz|zip|tar)$/i, '')
  return inCommand(unpacked?.replace(/\.(?:wat|wast)$/i, '.wasm'), FILE)
}

/** The push that makes what a consumer takes, with the client made for it. */
export function pushFor(consumer: ConsumerId, names: Names): string {
  const { reference, file } = names
  if (consumer === 'spin') return pushApplication(names)
  if (consumer === 'kubewarden') return `kwctl push ${file} registry://${reference}`
  if (['wkg', 'wash', 'wassette', 'runwasi'].includes(consumer)) return pushWithWkg(names)
  // Istio and its relatives take the config once as config and once as a layer.
  const config = `runtime-config.json:${MODULE_CONFIG}`
  return `oras push ${reference} --config ${config} ${config} ${file}:${MODULE_LAYER}`
}

function pushWithWkg({ reference, file }: Names): string {
  return `wkg oci push ${reference} ${file}`
}

function pushApplication({ reference }: Names): string {
  return `spin registry push ${reference}`
}

/** An image whose last layer is a gzipped tar with the module under the name that is looked for. */
export function buildImage({ reference, file }: Names): string {
  const name = file === 'plugin.wasm' ? '' : `cp ${file} plugin.wasm && `
  return `${name}tar czf plugin.tar.gz plugin.wasm && crane append --oci-empty-base -f plugin.tar.gz -t ${reference}`
}

export function wrapComponent({ file }: Names): string {
  return `wasm-tools component new ${file} -o component.wasm`
}
