import type { Layer, Descriptor } from '../../oci/descriptor.ts'
import { isIndex } from '../../oci/media-types.ts'
import type { Artifact, ContentFacts, InspectedArtifact } from '../model/artifact.ts'
import { invalidLayer } from '../assess/invalid-layers.ts'
import { isWasmType, isArchive, MODULE_CONFIG, MODULE_LAYER } from '../model/media-types.ts'
import type { BlobFacts, WasmKind } from '../read/facts.ts'
import { BLOCK } from '../read/archive/header.ts'
import { UNPACKED_BYTES } from '../read/archive/plugin-archive.ts'
import { type LayoutName, readMark } from './layout.ts'

/** The parts of which a layout is made. */
export interface LayoutSource {
  /** The layer that is the module, raw. */
  readonly module: Layer
  readonly facts: BlobFacts
  /** The config, if it has the type that layouts use. */
  readonly config?: Descriptor
}

/** The reason why no layout can be made. */
export interface Unfit {
  readonly rule: UnfitRule
  /** A sentence for people, without a full stop. */
  readonly text: string
}

export type UnfitRule =
  | 'index'
  | 'layout'
  | 'referrer'
  | 'archive'
  | 'no-wasm'
  | 'several-modules'
  | 'not-here'
  | 'digest-algorithm'
  | 'not-wasm'
  | 'damaged'
  | 'kind'
  | 'too-large'

/**
 * Most bytes of a module. Istio cuts larger ones and Envoy Gateway refuses them; in an archive the
 * header counts, too.
 */
const LONGEST = { envoy: UNPACKED_BYTES, compat: UNPACKED_BYTES - BLOCK } as const

const KINDS: Readonly<Record<Exclude<WasmKind, 'core-module'>, string>> = {
  component: 'a component',
  'wit-package': 'a WIT package',
  'component-prototype': 'a component of an older format',
  unknown: 'of a version that does not exist',
}

/**
 * The one raw module of an artifact, if a layout can be made of it.
 * @param original its manifest, if there is one already
 */
export function sourceOf(
  { artifact, known }: InspectedArtifact,
  layout: LayoutName,
  original?: Descriptor,
): LayoutSource | Unfit {
  const notOriginal = whyNoOriginal(artifact)
  if (notOriginal) return notOriginal
  const module = moduleOf(artifact, known)
  if ('rule' in module) return module
  const facts = known.blobs.get(module.digest)
  if (!facts) {
    return unfit('not-here', `its module ${module.digest} is not in this repository: push it first`)
  }
  const doesNotFit = whyModuleDoesNotFit(facts, layout)
  if (doesNotFit) return doesNotFit
  const config = artifact.config?.mediaType === MODULE_CONFIG ? artifact.config : undefined
  const foreign = [original, module, config].find((part) => part && !isSha256(part))
  if (foreign) {
    return unfit(
      'digest-algorithm',
      `the consumers of layouts know only sha256, and it names ${foreign.digest.slice(0, 19)}...: push it by sha256`,
    )
  }
  return { module, facts, ...(config && { config }) }
}

export function isUnfit(found: LayoutSource | Unfit): found is Unfit {
  return 'rule' in found
}

function whyNoOriginal(artifact: Artifact): Unfit | undefined {
  const { subject } = artifact
  if (isIndex(artifact.mediaType)) {
    return unfit('index', 'it is an index: name one of its manifests by digest')
  }
  if (!subject) return undefined
  if (readMark(artifact)) {
    return unfit('layout', `it is a layout itself: name its original, ${subject.digest}`)
  }
  return unfit('referrer', `it speaks about another manifest, ${subject.digest}: name that`)
}

/**
 * The layer that consumers of the convention take; if the convention names none, the layer that is
 * Wasm.
 */
function moduleOf({ layers }: Artifact, known: ContentFacts): Layer | Unfit {
  const typed = layers.filter(({ mediaType }) => mediaType === MODULE_LAYER)
  const wasmTyped = layers.filter(({ mediaType }) => isWasmType(mediaType))
  const wasm = layers.filter(({ digest }) => known.blobs.get(digest)?.content === 'wasm')
  const [found = []] = [typed, wasmTyped, wasm].filter(({ length }) => length > 0)
  const [module, ...others] = found
  if (module && others.length === 0) return module
  if (module) {
    return unfit(
      'several-modules',
      `it has ${found.length} layers that are Wasm, and a layout holds one module`,
    )
  }
  const last = layers.at(-1)
  return last && isArchive(last.mediaType)
    ? unfit('archive', 'its last layer is an archive, and layouts are made from raw Wasm layers')
    : unfit('no-wasm', 'none of its layers is Wasm')
}

function whyModuleDoesNotFit(facts: BlobFacts, layout: LayoutName): Unfit | undefined {
  const invalid = invalidLayer(facts)
  if (invalid) {
    const rule = facts.content === 'wasm' ? 'damaged' : 'not-wasm'
    return unfit(rule, `its module ${invalid.is}: ${invalid.advice}`)
  }
  const kind = facts.wasm?.kind ?? 'unknown'
  if (kind !== 'core-module') {
    return unfit(
      'kind',
      `its file is ${KINDS[kind]}, and the consumers of layouts run core modules`,
    )
  }
  const longest = LONGEST[layout]
  if (facts.size <= longest) return undefined
  return unfit(
    'too-large',
    `its module has ${facts.size} bytes, and those who pull layouts take ${longest} at most`,
  )
}

function isSha256({ digest }: Descriptor): boolean {
  return digest.startsWith('sha256:')
}

function unfit(rule: UnfitRule, text: string): Unfit {
  return { rule, text }
}
