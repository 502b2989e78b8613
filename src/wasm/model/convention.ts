import { DOCKER_MANIFEST, isIndex } from '../../oci/media-types.ts'
import type { Artifact, ContentFacts } from './artifact.ts'
import {
  isWasmType,
  CONTENT_CONFIG,
  CONTENT_LAYER,
  DOCKER_CONFIG,
  HELM_CHART,
  HELM_CHART_LAYERS,
  HELM_PLUGIN,
  HIGRESS_SPEC,
  isArchive,
  MODULE_CONFIG,
  MODULE_LAYER,
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_TAR,
  RUNWASI_LAYER,
  SPIN_APPLICATION,
  UNKNOWN_ARTIFACT,
  UNKNOWN_CONFIG,
  WASM_CONFIG_V0,
  WASM_LAYER,
} from './media-types.ts'

/** A way to put Wasm into a registry. */
export interface Convention {
  readonly id: ConventionId
  /** For people. */
  readonly title: string
}

/** The input of the tests below. */
interface View {
  readonly artifact: Artifact
  readonly known: ContentFacts
  /** Media type of the config. */
  readonly config: string | undefined
  /** Media types of the layers. */
  readonly types: readonly string[]
}

type Entry = readonly [id: ConventionId, title: string, test: (view: View) => boolean]

export type ConventionId =
  | 'index'
  | 'helm-plugin'
  | 'spin'
  | 'wasmcloud'
  | 'asm-single-layer'
  | 'solo-io-oci'
  | 'module-layers'
  | 'wkg'
  | 'runwasi'
  | 'kubewarden'
  | 'wasm-to-oci'
  | 'bare-wasm'
  | 'wasm-layer'
  | 'higress'
  | 'docker'
  | 'compat'
  | 'untyped'
  | 'none'

/** In order: an artifact follows the first convention whose test holds. */
const CONVENTIONS: readonly Entry[] = [
  ['index', 'index', ({ artifact }) => isIndex(artifact.mediaType)],
  ['none', 'Helm chart', ({ config }) => config === HELM_CHART],
  [
    'helm-plugin',
    'Helm plugin',
    ({ artifact, config }) => config === HELM_PLUGIN || artifact.artifactType === HELM_PLUGIN,
  ],
  [
    'spin',
    'Spin application',
    ({ config, types }) => config === SPIN_APPLICATION || types.includes(SPIN_APPLICATION),
  ],
  [
    'wasmcloud',
    'one module layer that holds a component (wasmCloud, old)',
    ({ artifact, known, config, types }) =>
      isOnly(types, MODULE_LAYER) &&
      // The config says that it is for a proxy, but proxies do not load it.
      config !== MODULE_CONFIG &&
      known.blobs.get(artifact.layers[0]!.digest)?.wasm?.kind === 'component',
  ],
  ['asm-single-layer', 'one module layer alone (ASM)', ({ types }) => isOnly(types, MODULE_LAYER)],
  [
    'solo-io-oci',
    'two layers, one of them the module (solo-io, oci variant)',
    ({ types }) => types.length === 2 && types.includes(MODULE_LAYER),
  ],
  ['module-layers', 'a module layer among several', ({ types }) => types.includes(MODULE_LAYER)],
  ['wkg', 'CNCF Wasm artifact (wkg)', ({ config }) => config === WASM_CONFIG_V0],
  [
    'runwasi',
    'Wasm layers for containerd (runwasi)',
    ({ config, types }) =>
      types.includes(RUNWASI_LAYER) ||
      (types.includes(WASM_LAYER) && (config === OCI_CONFIG || config === DOCKER_CONFIG)),
  ],
  ['kubewarden', 'Kubewarden policy', (view) => isContent(view) && isKubewarden(view)],
  ['wasm-to-oci', 'wasm-to-oci', isContent],
  [
    'bare-wasm',
    'application/wasm without the config of a Wasm convention',
    (view) => view.types.includes(WASM_LAYER) && isGeneric(view),
  ],
  [
    'wasm-layer',
    'a layer labelled Wasm, in no known convention',
    ({ types }) => types.some(isWasmType),
  ],
  [
    'higress',
    'Higress plugin: documents, then plugin.wasm in the last layer',
    ({ types }) => types.includes(HIGRESS_SPEC),
  ],
  [
    'docker',
    'Docker image with plugin.wasm in its last layer',
    (view) => isCompat(view) && view.artifact.statedType === DOCKER_MANIFEST,
  ],
  ['compat', 'OCI image with plugin.wasm in its last layer (solo-io, compat variant)', isCompat],
  ['untyped', 'Wasm in a layer without a Wasm media type', isUntyped],
]
const NONE = ['none', 'not Wasm'] as const

/** The convention of a manifest, as far as the manifest and the known facts show it. */
export function recognise(artifact: Artifact, known: ContentFacts): Convention {
  const view = {
    artifact,
    known,
    config: artifact.config?.mediaType,
    types: artifact.layers.map(({ mediaType }) => mediaType),
  }
  const [id, title] = CONVENTIONS.find(([, , test]) => test(view)) ?? NONE
  return { id, title }
}

/** cosign and the "Referrers Tag Schema" of distribution-spec v1.1: the digest of the subject. */
const SIGNATURE_TAG = /^sha256-[a-f0-9]{64}(?:\.[\w.-]+)?$/

/**
 * Whether policies do not apply: to signatures under the tag of their subject, to referrers without
 * a tag, and to charts, which no consumer of Wasm can load.
 */
export function isExempt(artifact: Artifact, tag: string | undefined): boolean {
  if (isChart(artifact)) return true
  return tag === undefined ? artifact.subject !== undefined : SIGNATURE_TAG.test(tag)
}

function isChart({ config, layers }: Artifact): boolean {
  return (
    config?.mediaType === HELM_CHART &&
    layers.length > 0 &&
    layers.every(({ mediaType }) => HELM_CHART_LAYERS.includes(mediaType))
  )
}

function isOnly(types: readonly string[], type: string): boolean {
  return types.length === 1 && types[0] === type
}

function isContent({ config, types }: View): boolean {
  return config === CONTENT_CONFIG && types.includes(CONTENT_LAYER)
}

function isKubewarden({ artifact, known }: View): boolean {
  if (Object.keys(artifact.annotations).some((key) => key.startsWith('io.kubewarden.'))) return true
  return artifact.layers.some(({ digest }) => {
    const sections = known.blobs.get(digest)?.wasm?.sections.items
    return sections?.some(({ name }) => name === 'io.kubewarden.metadata')
  })
}

function isCompat({ artifact, known }: View): boolean {
  if (artifact.annotations['module.wasm.image/variant'] === 'compat') return true
  const last = artifact.layers.at(-1)
  return last !== undefined && known.archives.get(last.digest)?.plugin !== undefined
}

/**
 * oras labels a file without a type as a tar. With other types only a single layer counts: a Wasm
 * file among many files may be there for any reason.
 */
function isUntyped(view: View): boolean {
  const { layers } = view.artifact
  const wasm = layers.filter(({ digest }) => view.known.blobs.get(digest)?.content === 'wasm')
  if (wasm.some(({ mediaType }) => mediaType === OCI_TAR || isArchive(mediaType))) return true
  return wasm.length === 1 && layers.length === 1 && isGeneric(view)
}

/** Whether neither config nor artifactType names a kind of artifact. */
function isGeneric({ artifact, config }: View): boolean {
  const { artifactType } = artifact
  const isConfig = artifactType === config
  return (
    (config === OCI_EMPTY || config === UNKNOWN_CONFIG || config === OCI_CONFIG) &&
    (artifactType === undefined || artifactType === UNKNOWN_ARTIFACT || isConfig)
  )
}
