import type { Layer } from '../../oci/descriptor.ts'
import type { Artifact, ContentFacts } from '../model/artifact.ts'
import { isWasmType } from '../model/media-types.ts'
import type { Content } from '../read/content.ts'
import type { BlobFacts, Damage } from '../read/facts.ts'
import { namesOf, pushAgain } from './commands.ts'
import type { Finding, ErrorRule } from './finding.ts'
import { printable } from '../model/printable.ts'

/** Kinds of content that are not Wasm, with the advice for each. */
const CONTENTS: Readonly<
  Record<Exclude<Content, 'wasm'>, readonly [what: string, advice: string]>
> = {
  empty: ['empty', 'build the file again'],
  gzip: ['gzip data', 'unpack it (gunzip, or tar xzf) and push the .wasm file itself'],
  zstd: ['zstd data', 'unpack it (zstd -d) and push the .wasm file itself'],
  bzip2: ['bzip2 data', 'unpack it (bunzip2) and push the .wasm file itself'],
  xz: ['xz data', 'unpack it (unxz) and push the .wasm file itself'],
  zip: ['a zip archive', 'unpack it and push the .wasm file itself'],
  tar: ['a tar archive', 'unpack it (tar xf) and push the .wasm file itself'],
  wat: ['WebAssembly text', 'translate it (wat2wasm, or wasm-tools parse) and push the result'],
  elf: ['an ELF program', 'build for a wasm32 target and push the .wasm file'],
  'mach-o': ['a macOS program', 'build for a wasm32 target and push the .wasm file'],
  pe: ['a Windows program', 'build for a wasm32 target and push the .wasm file'],
  html: ['an HTML page', 'download the file again: you saved a web page instead of the file'],
  'git-lfs-pointer': ['a Git LFS pointer', 'fetch the file (git lfs pull) and push that'],
  json: ['JSON', 'push the .wasm file; the config belongs to --config'],
  base64: ['base64 text', 'decode it (base64 -d) and push the result'],
  script: ['a script', 'push the .wasm file itself'],
  text: ['text', 'push the .wasm file itself'],
  unknown: ['unknown content', 'push the .wasm file itself'],
}

/**
 * Layers that are labelled Wasm and are not: other content, an unknown version, a file that is cut
 * off or has bytes after its end. No module that an engine accepts is among them.
 */
export function invalidLayers(
  artifact: Artifact,
  known: ContentFacts,
  reference: string,
): Finding[] {
  const again = () => pushAgain(artifact, namesOf(artifact, reference))
  return artifact.layers.flatMap((layer, position) => {
    const facts = known.blobs.get(layer.digest)
    if (!facts || !isWasmType(layer.mediaType)) return []
    const invalid = invalidLayer(facts)
    return invalid ? [findingOf(layer, position, invalid, again())] : []
  })
}

/** The reason why a file is not Wasm. */
interface InvalidFile {
  readonly rule: ErrorRule
  readonly parameters: Finding['parameters']
  /** Completes the sentences "layer 0 …" and "the file …". */
  readonly is: string
  readonly advice: string
}

/** The reason why a file is not Wasm; undefined if it is, as far as it was read. */
export function invalidLayer({ content, size, wasm }: BlobFacts): InvalidFile | undefined {
  if (content !== 'wasm') {
    const [what, advice] = CONTENTS[content]
    return { rule: 'layer-is-not-wasm', parameters: { content }, is: `is ${what}`, advice }
  }
  if (!wasm?.damage) return undefined
  const { damage, version, layer } = wasm
  if (damage.rule === 'unknown-version') {
    const number = `0x${version.toString(16)} of layer ${layer}`
    return {
      rule: damage.rule,
      parameters: { version, layer },
      is: `has version ${number}, which does not exist`,
      advice: 'build it with a current toolchain',
    }
  }
  return { rule: damage.rule, ...damageOf(damage, size) }
}

function damageOf(
  { rule, offset, missing, section }: Damage,
  size: number,
): Omit<InvalidFile, 'rule'> {
  const advice = 'build or copy the file again and compare its sha256'
  if (rule === 'trailing-bytes') {
    const extra = size - offset
    const is = `has ${extra} bytes after its end, from byte ${offset} on, that are not a section`
    return { parameters: { offset, extra }, is, advice }
  }
  const part = printable(section ?? 'header')
  const lack = missing === undefined ? 'is incomplete' : `lacks its last ${missing} bytes`
  const is = `is cut off: its ${part} section ${lack}`
  return {
    parameters: { offset, section: part, ...(missing !== undefined && { missing }) },
    is: part === 'header' ? `is cut off after ${size} bytes, inside its header` : is,
    advice,
  }
}

function findingOf(
  layer: Layer,
  position: number,
  { rule, parameters, is, advice }: InvalidFile,
  command: string,
): Finding {
  const name = layer.title === undefined ? '' : ` (${printable(layer.title)})`
  const mediaType = printable(layer.mediaType)
  return {
    rule,
    severity: 'error',
    consumers: [],
    parameters: { ...parameters, layer: position, mediaType, digest: layer.digest },
    text: `layer ${position}${name} is labelled ${mediaType} but ${is}`,
    fix: { text: advice, command },
  }
}
