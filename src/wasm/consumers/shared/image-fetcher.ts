import type { Layer } from '../../../oci/descriptor.ts'
import { DOCKER_MANIFEST } from '../../../oci/media-types.ts'
import type { Artifact, ContentFacts } from '../../model/artifact.ts'
import type { Pulled, RuleId } from '../consumer.ts'
import { DOCKER_TAR_GZIP, MODULE_LAYER, OCI_TAR_GZIP } from '../../model/media-types.ts'
import { PLUGIN } from '../../read/archive/plugin-archive.ts'
import { fileIn, type WasmFile, wasmFileOf } from '../../model/wasm-file.ts'
import { FITS, type Outcome, NOT_LOOKED_AT, withEvidence, PARTLY_READ, refuses } from './verdict.ts'

/** Rules of the fetchers of Istio and Envoy Gateway that were executed on OCI images. */
export const EXECUTED_ON_OCI_IMAGES: readonly RuleId[] = [
  'fits',
  'layer-count',
  'layer-type',
  'no-plugin-file',
  'plugin-not-wasm',
  'layer-not-wasm',
  'archive-unreadable',
]

/** Bytes of the header of a gzip member (RFC 1952). */
const GZIP_HEADER = 10

/** The differences between the forks of Istio's image fetcher (pkg/wasm/imagefetcher.go). */
export interface ImageFetcher {
  /** Whether a larger raw layer is cut silently or refused; absent if there is no limit. */
  readonly longest?: { readonly bytes: number; readonly beyond: 'cut' | 'refuse' }
  /** Rules that were executed on images of either kind; the others were read in the source. */
  readonly executed: { readonly oci: readonly RuleId[]; readonly docker: readonly RuleId[] }
}

/** The result of one of the fetcher's two attempts to understand an image. */
interface Attempt {
  readonly outcome: Outcome
  readonly file?: WasmFile
}

/** The pull of Istio's fetcher and of its forks in Envoy Gateway and Higress. */
export function pullsLikeIstio(fetcher: ImageFetcher) {
  return (artifact: Artifact, known: ContentFacts): Pulled => {
    const isDocker = artifact.statedType === DOCKER_MANIFEST
    const { outcome, file } = isDocker
      ? fromDocker(artifact, known)
      : fromOci(artifact, known, fetcher)
    const executed = isDocker ? fetcher.executed.docker : fetcher.executed.oci
    const verdict = withEvidence(executed.includes(outcome.rule) ? 'executed' : 'read', outcome)
    const toRun = file ?? wasmFileOf(artifact, known)
    return { verdict, ...(toRun && { file: toRun }) }
  }
}

function fromDocker(artifact: Artifact, known: ContentFacts): Attempt {
  const image = fromArchive(artifact, known, DOCKER_TAR_GZIP)
  return prefixed(image, 'could not extract Wasm file from the image as Docker container ')
}

function fromOci(artifact: Artifact, known: ContentFacts, fetcher: ImageFetcher): Attempt {
  const compat = prefixed(
    fromArchive(artifact, known, OCI_TAR_GZIP),
    'could not parse as compat variant: ',
  )
  if (compat.outcome.verdict !== 'refuses' || isAboutTheFile(compat)) return compat
  const oci = prefixed(fromLayers(artifact, known, fetcher), 'could not parse as oci variant: ')
  if (oci.outcome.verdict !== 'refuses' || isAboutTheFile(oci)) return oci
  // Both attempts failed. The first is the one for images with an archive, the second for all
  // others.
  const relevant = artifact.layers.at(-1)?.mediaType === OCI_TAR_GZIP ? compat : oci
  const words = [...compat.outcome.words, ...oci.outcome.words]
  return { ...relevant, outcome: { ...relevant.outcome, words } }
}

/** extractOCIStandardImage, extractDockerImage */
function fromArchive({ layers }: Artifact, known: ContentFacts, type: string): Attempt {
  const last = layers.at(-1)
  if (!last) return failed('no-layers', 'number of layers must be greater than zero')
  if (last.mediaType !== type) {
    return failed('layer-type', `invalid media type ${last.mediaType} (expect ${type})`)
  }
  const blob = known.blobs.get(last.digest)
  if (blob && blob.content !== 'gzip') {
    const words = `failed to parse layer as tar.gz: ${gzipError(blob.size)}`
    return notExtracted('archive-unreadable', words)
  }
  const archive = known.archives.get(last.digest)
  if (!archive) return { outcome: NOT_LOOKED_AT, file: { layer: last, inArchive: true } }
  if (archive.outcome === 'not-understood') return { outcome: PARTLY_READ }
  if (archive.outcome === 'unreadable') {
    return notExtracted('archive-unreadable', archive.detail ?? '')
  }
  if (!archive.plugin) return notExtracted('no-plugin-file', `${PLUGIN} not found in the archive`)
  return accepted({ layer: last, inArchive: true, facts: archive.plugin.facts }, 'plugin-not-wasm')
}

/** The error of Go's gzip reader for bytes that are not gzip, by their number. */
function gzipError(size: number): string {
  if (size === 0) return 'EOF'
  return size < GZIP_HEADER ? 'unexpected EOF' : 'gzip: invalid header'
}

/** extractOCIArtifactImage */
function fromLayers({ layers }: Artifact, known: ContentFacts, { longest }: ImageFetcher): Attempt {
  if (layers.length !== 2) {
    return failed('layer-count', `number of layers must be 2 but got ${layers.length}`)
  }
  const layer: Layer | undefined = layers.find(({ mediaType }) => mediaType === MODULE_LAYER)
  if (!layer) return failed('layer-type', `could not find the layer of type ${MODULE_LAYER}`)
  const file = fileIn(layer, known)
  if (!longest || layer.size <= longest.bytes) return accepted(file, 'layer-not-wasm')
  if (longest.beyond === 'refuse') {
    return failed('too-large', `wasm layer size exceeds maximum size ${longest.bytes}`)
  }
  // The bytes up to the cut still begin like Wasm, so the fetcher accepts them; where the cut falls
  // inside the module is unknown.
  return { outcome: FITS, file: { layer, inArchive: false } }
}

/** isValidWasmBinary: at least eight bytes, of which it checks the first four. */
function accepted(file: WasmFile, rule: RuleId): Attempt {
  const { facts } = file
  if (!facts) return { outcome: NOT_LOOKED_AT, file }
  if (facts.content === 'wasm' && facts.size >= 8) return { outcome: FITS, file }
  return { outcome: refuses(rule, 'fetched Wasm binary from', 'is invalid'), file }
}

/** extractWasmPluginBinary */
function notExtracted(rule: RuleId, words: string): Attempt {
  return failed(rule, `could not extract wasm binary: ${words}`)
}

function failed(rule: RuleId, words: string): Attempt {
  return { outcome: refuses(rule, words) }
}

/**
 * Whether the image was understood and the file in it was refused: that error has no prefix of the
 * attempt.
 */
function isAboutTheFile({ outcome }: Attempt): boolean {
  return outcome.rule === 'plugin-not-wasm' || outcome.rule === 'layer-not-wasm'
}

function prefixed(attempted: Attempt, prefix: string): Attempt {
  const { outcome } = attempted
  if (outcome.words.length === 0 || isAboutTheFile(attempted)) return attempted
  const words = outcome.words.map((word, position) => (position === 0 ? prefix + word : word))
  return { ...attempted, outcome: { ...outcome, words } }
}
