import { DOCKER_MANIFEST, isIndex } from '../../oci/media-types.ts'
import type { Artifact, Known } from './artifact.ts'
import type { ConsumerId } from '../consumers/consumer.ts'
import {
  claimsWasm,
  CONTENT_CONFIG,
  CONTENT_LAYER,
  DOCKER_CONFIG,
  HELM_CHART,
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
import type { HostHint } from '../read/facts.ts'
import { wasmFileOf } from './wasm-file.ts'

/** One way to put Wasm into a registry, and whose way it is. */
export interface Convention {
  readonly id: ConventionId
  /** For people. */
  readonly title: string
  /** Those that an artifact of this kind is made for: their refusals are worth a warning. */
  readonly madeFor: readonly ConsumerId[]
}

/** Those who take what solo-io's specifications describe. */
export const PROXIES = ['istio', 'envoy-gateway', 'higress'] as const

/** Families of modules that are filters of a proxy. */
const FILTERS: readonly HostHint[] = ['proxy-wasm', 'higress']

/** What the tests of the conventions look at. */
interface View {
  readonly artifact: Artifact
  readonly known: Known
  /** Media type of the config. */
  readonly config: string | undefined
  /** Media types of the layers. */
  readonly types: readonly string[]
}

type Entry = readonly [
  id: ConventionId,
  title: string,
  madeFor: readonly ConsumerId[],
  test: (view: View) => boolean,
]

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

/** In this order: the first whose test holds is it. */
const CONVENTIONS: readonly Entry[] = [
  ['index', 'index', [], ({ artifact }) => isIndex(artifact.mediaType)],
  ['none', 'Helm chart', [], ({ config }) => config === HELM_CHART],
  [
    'helm-plugin',
    'Helm plugin',
    [],
    ({ artifact, config }) => config === HELM_PLUGIN || artifact.artifactType === HELM_PLUGIN,
  ],
  [
    'spin',
    'Spin application',
    ['spin'],
    ({ config, types }) => config === SPIN_APPLICATION || types.includes(SPIN_APPLICATION),
  ],
  [
    'wasmcloud',
    'one module layer that holds a component (wasmCloud, old)',
    ['wash'],
    ({ artifact, known, config, types }) =>
      isOnly(types, MODULE_LAYER) &&
      // With this config it was meant for a proxy, which will not load it.
      config !== MODULE_CONFIG &&
      known.blobs.get(artifact.layers[0]!.digest)?.wasm?.kind === 'component',
  ],
  [
    'asm-single-layer',
    'one module layer alone (ASM)',
    [...PROXIES, 'asm'],
    ({ types }) => isOnly(types, MODULE_LAYER),
  ],
  [
    'solo-io-oci',
    'two layers, one of them the module (solo-io, oci variant)',
    PROXIES,
    ({ types }) => types.length === 2 && types.includes(MODULE_LAYER),
  ],
  [
    'module-layers',
    'a module layer among several',
    PROXIES,
    ({ types }) => types.includes(MODULE_LAYER),
  ],
  ['wkg', 'CNCF Wasm artifact (wkg)', ['wkg'], ({ config }) => config === WASM_CONFIG_V0],
  [
    'runwasi',
    'Wasm layers for containerd (runwasi)',
    ['runwasi'],
    ({ config, types }) =>
      types.includes(RUNWASI_LAYER) ||
      (types.includes(WASM_LAYER) && (config === OCI_CONFIG || config === DOCKER_CONFIG)),
  ],
  [
    'kubewarden',
    'Kubewarden policy',
    ['kubewarden'],
    (view) => isContent(view) && isKubewarden(view),
  ],
  ['wasm-to-oci', 'wasm-to-oci', [], isContent],
  [
    'bare-wasm',
    'application/wasm without the config of a Wasm convention',
    ['wkg'],
    (view) => view.types.includes(WASM_LAYER) && saysNothing(view),
  ],
  [
    'wasm-layer',
    'a layer that says it is Wasm, in no convention known here',
    [],
    ({ types }) => types.some(claimsWasm),
  ],
  [
    'higress',
    'Higress plugin: documents, then plugin.wasm in the last layer',
    ['higress'],
    ({ types }) => types.includes(HIGRESS_SPEC),
  ],
  [
    'docker',
    'Docker image with plugin.wasm in its last layer',
    PROXIES,
    (view) => isCompat(view) && view.artifact.statedType === DOCKER_MANIFEST,
  ],
  [
    'compat',
    'OCI image with plugin.wasm in its last layer (solo-io, compat variant)',
    PROXIES,
    isCompat,
  ],
  ['untyped', 'Wasm bytes in a layer that does not say so', PROXIES, isUntyped],
]
const NONE = ['none', 'not Wasm', []] as const

/** Which convention a manifest follows, as far as it can be seen from it and from what is known of its content. */
export function recognise(artifact: Artifact, known: Known): Convention {
  const view = {
    artifact,
    known,
    config: artifact.config?.mediaType,
    types: artifact.layers.map(({ mediaType }) => mediaType),
  }
  const [id, title, madeFor] = CONVENTIONS.find(([, , , test]) => test(view)) ?? NONE
  return { id, title, madeFor: narrowed(id, madeFor, view) }
}

/** What is in the file can say more of whom it is for than the manifest does. */
function narrowed(
  id: ConventionId,
  madeFor: readonly ConsumerId[],
  { artifact, known }: View,
): readonly ConsumerId[] {
  const telltales = wasmFileOf(artifact, known)?.facts?.wasm?.telltales ?? []
  if (id === 'untyped' && !telltales.some((telltale) => FILTERS.includes(telltale))) return ['wkg']
  // Who calls functions that only Higress has did not write for the others.
  return telltales.includes('higress') && madeFor.length > 1 ? ['higress'] : madeFor
}

/** Whether no policy judges it: what speaks about another manifest, signatures by tag, and charts. */
export function isExempt(artifact: Artifact, tag: string | undefined): boolean {
  return (
    artifact.subject !== undefined ||
    (tag?.startsWith('sha256-') ?? false) ||
    artifact.config?.mediaType === HELM_CHART
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

/** oras calls a file without a type a tar. Of other types one layer alone counts: a file among many may be anybody's. */
function isUntyped(view: View): boolean {
  const { layers } = view.artifact
  const wasm = layers.filter(({ digest }) => view.known.blobs.get(digest)?.content === 'wasm')
  if (wasm.some(({ mediaType }) => mediaType === OCI_TAR || isArchive(mediaType))) return true
  return wasm.length === 1 && layers.length === 1 && saysNothing(view)
}

/** Whether neither config nor artifactType names a kind of artifact. */
function saysNothing({ artifact, config }: View): boolean {
  const { artifactType } = artifact
  const isConfig = artifactType === config
  return (
    (config === OCI_EMPTY || config === UNKNOWN_CONFIG || config === OCI_CONFIG) &&
    (artifactType === undefined || artifactType === UNKNOWN_ARTIFACT || isConfig)
  )
}
