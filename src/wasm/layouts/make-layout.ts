import type { Descriptor } from '../../oci/descriptor.ts'
import { type Digest, digestOf } from '../../oci/digest.ts'
import { OCI_IMAGE_MANIFEST } from '../../oci/media-types.ts'
import { MODULE_CONFIG, MODULE_LAYER } from '../model/media-types.ts'
import { EMPTY_CONFIG, imageOf, type NewBlob, type Open } from './contents.ts'
import { type LayoutName, annotationsOf } from './layout.ts'
import type { LayoutSource } from './source.ts'

/** A second manifest for the module of another one, with the blobs that it needs in addition. */
export interface Layout {
  readonly name: LayoutName
  readonly digest: Digest
  readonly bytes: Uint8Array
  readonly blobs: readonly NewBlob[]
}

const TITLE = 'org.opencontainers.image.title'
/** File names of the solo-io tools, under which `oras pull` saves the layers. */
const CONFIG_FILE = 'runtime-config.json'
const MODULE_FILE = 'plugin.wasm'

/**
 * Makes a layout. The same original gives the same bytes on every machine and at any time.
 * @param open reads the module
 * @throws DamagedModule; what `open` throws
 */
export async function makeLayout(
  name: LayoutName,
  original: Descriptor,
  source: LayoutSource,
  open: Open,
): Promise<Layout> {
  return name === 'envoy' ? twoLayers(original, source) : image(original, source, open)
}

/** solo-io's spec.md, like the tools of 2020: the config is the config and also the first layer. */
function twoLayers(original: Descriptor, { module, config }: LayoutSource): Layout {
  const used = { ...plain(config ?? EMPTY_CONFIG), mediaType: MODULE_CONFIG }
  const file = { ...plain(module), mediaType: MODULE_LAYER }
  const layers = [titled(used, CONFIG_FILE), titled(file, module.title ?? MODULE_FILE)]
  return layout('envoy', original, used, layers, config ? [] : [EMPTY_CONFIG])
}

/** solo-io's spec-compat.md. */
async function image(original: Descriptor, { module }: LayoutSource, open: Open): Promise<Layout> {
  const { config, layer } = await imageOf(module, open)
  return layout('compat', original, plain(config), [plain(layer)], [config, layer])
}

function layout(
  name: LayoutName,
  original: Descriptor,
  config: Descriptor,
  layers: readonly Descriptor[],
  blobs: readonly NewBlob[],
): Layout {
  const variant = name === 'compat' ? { 'module.wasm.image/variant': 'compat' } : {}
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_IMAGE_MANIFEST,
    config,
    layers,
    subject: plain(original),
    annotations: { ...variant, ...annotationsOf(name) },
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  return { name, digest: digestOf(bytes), bytes, blobs }
}

/** The descriptor without further fields, in the order of the specification. */
function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size }
}

function titled(descriptor: Descriptor, title: string) {
  return { ...descriptor, annotations: { [TITLE]: title } }
}
