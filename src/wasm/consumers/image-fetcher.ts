import { DOCKER_MANIFEST } from '../../oci/media-types.ts'
import type { Artifact, Known, Layer } from '../model/artifact.ts'
import type { Pulled, RuleId } from './consumer.ts'
import { DOCKER_TAR_GZIP, MODULE_LAYER, OCI_TAR_GZIP } from '../model/media-types.ts'
import { PLUGIN } from '../read/archive/plugin-archive.ts'
import { fileIn, type WasmFile, wasmFileOf } from '../model/wasm-file.ts'
import { FITS, type Outcome, NOT_LOOKED_AT, on, PARTLY_READ, refuses } from './verdict.ts'

/** Bytes of the header of a gzip member (RFC 1952). */
const GZIP_HEADER = 10

/** In what the forks of Istio's image fetcher (pkg/wasm/imagefetcher.go) differ. */
export interface ImageFetcher {
  /** What happens to a raw layer of more bytes than this: cut without a word, or refused. Absent: nothing. */
  readonly longest?: { readonly bytes: number; readonly beyond: 'cut' | 'refuse' }
  /** Rules that were seen at work on images of either kind; the others were read. */
  readonly executed: { readonly oci: readonly RuleId[]; readonly docker: readonly RuleId[] }
}

/** One way in which the fetcher tries to understand an image. */
interface Attempt {
  readonly judgement: Outcome
  readonly file?: WasmFile
}

/** How Istio's fetcher, and its forks in Envoy Gateway and Higress, take an image. */
export function pullsLikeIstio(fetcher: ImageFetcher) {
  return (artifact: Artifact, known: Known): Pulled => {
    const isDocker = artifact.statedType === DOCKER_MANIFEST
    const { judgement, file } = isDocker
      ? fromDocker(artifact, known)
      : fromOci(artifact, known, fetcher)
    const executed = isDocker ? fetcher.executed.docker : fetcher.executed.oci
    const verdict = on(executed.includes(judgement.rule) ? 'executed' : 'read', judgement)
    const toRun = file ?? wasmFileOf(artifact, known)
    return { verdict, ...(toRun && { file: toRun }) }
  }
}

function fromDocker(artifact: Artifact, known: Known): Attempt {
  const image = fromArchive(artifact, known, DOCKER_TAR_GZIP)
  return prefixed(image, 'could not extract Wasm file from the image as Docker container ')
}

function fromOci(artifact: Artifact, known: Known, fetcher: ImageFetcher): Attempt {
  const compat = prefixed(
    fromArchive(artifact, known, OCI_TAR_GZIP),
    'could not parse as compat variant: ',
  )
  if (compat.judgement.verdict !== 'refuses' || isAboutTheFile(compat)) return compat
  const oci = prefixed(fromLayers(artifact, known, fetcher), 'could not parse as oci variant: ')
  if (oci.judgement.verdict !== 'refuses' || isAboutTheFile(oci)) return oci
  // Both ways failed: the first is what an image with an archive was meant for, the second any other.
  const meant = artifact.layers.at(-1)?.mediaType === OCI_TAR_GZIP ? compat : oci
  const words = [...compat.judgement.words, ...oci.judgement.words]
  return { ...meant, judgement: { ...meant.judgement, words } }
}

/** extractOCIStandardImage, extractDockerImage */
function fromArchive({ layers }: Artifact, known: Known, type: string): Attempt {
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
  if (!archive) return { judgement: NOT_LOOKED_AT, file: { layer: last, inArchive: true } }
  if (archive.outcome === 'not-understood') return { judgement: PARTLY_READ }
  if (archive.outcome === 'unreadable') {
    return notExtracted('archive-unreadable', archive.detail ?? '')
  }
  if (!archive.plugin) return notExtracted('no-plugin-file', `${PLUGIN} not found in the archive`)
  return taken({ layer: last, inArchive: true, facts: archive.plugin.facts }, 'plugin-not-wasm')
}

/** What Go's gzip says of bytes that are none, by how many there are. */
function gzipError(size: number): string {
  if (size === 0) return 'EOF'
  return size < GZIP_HEADER ? 'unexpected EOF' : 'gzip: invalid header'
}

/** extractOCIArtifactImage */
function fromLayers({ layers }: Artifact, known: Known, { longest }: ImageFetcher): Attempt {
  if (layers.length !== 2) {
    return failed('layer-count', `number of layers must be 2 but got ${layers.length}`)
  }
  const layer: Layer | undefined = layers.find(({ mediaType }) => mediaType === MODULE_LAYER)
  if (!layer) return failed('layer-type', `could not find the layer of type ${MODULE_LAYER}`)
  const file = fileIn(layer, known)
  if (!longest || layer.size <= longest.bytes) return taken(file, 'layer-not-wasm')
  if (longest.beyond === 'refuse') {
    return failed('too-large', `wasm layer size exceeds maximum size ${longest.bytes}`)
  }
  // What is left of it begins like Wasm, so that it is taken; nobody knows where the cut falls.
  return { judgement: FITS, file: { layer, inArchive: false } }
}

/** isValidWasmBinary: eight bytes, of which the first four are looked at. */
function taken(file: WasmFile, rule: RuleId): Attempt {
  const { facts } = file
  if (!facts) return { judgement: NOT_LOOKED_AT, file }
  if (facts.content === 'wasm' && facts.size >= 8) return { judgement: FITS, file }
  return { judgement: refuses(rule, 'fetched Wasm binary from', 'is invalid'), file }
}

/** extractWasmPluginBinary */
function notExtracted(rule: RuleId, words: string): Attempt {
  return failed(rule, `could not extract wasm binary: ${words}`)
}

function failed(rule: RuleId, words: string): Attempt {
  return { judgement: refuses(rule, words) }
}

/** Whether the image was understood and the file in it was refused, which is said without the prefix of the attempt. */
function isAboutTheFile({ judgement }: Attempt): boolean {
  return judgement.rule === 'plugin-not-wasm' || judgement.rule === 'layer-not-wasm'
}

function prefixed(attempted: Attempt, prefix: string): Attempt {
  const { judgement } = attempted
  if (judgement.words.length === 0 || isAboutTheFile(attempted)) return attempted
  const words = judgement.words.map((word, position) => (position === 0 ? prefix + word : word))
  return { ...attempted, judgement: { ...judgement, words } }
}
