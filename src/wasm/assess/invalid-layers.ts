import type { Artifact, Known, Layer } from '../model/artifact.ts'
import { claimsWasm } from '../model/media-types.ts'
import type { Content } from '../read/content.ts'
import type { BlobFacts, Damage } from '../read/facts.ts'
import { namesOf, pushAgain } from './commands.ts'
import type { Finding, ErrorRule } from './finding.ts'
import { printable } from './printable.ts'

/** What bytes that are not Wasm are, and what to do with them. */
const CONTENTS: Readonly<Record<Exclude<Content, 'wasm'>, readonly [what: string, todo: string]>> =
  {
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
    html: ['an HTML page', 'download the file again: what was saved is a page about it'],
    'git-lfs-pointer': ['a Git LFS pointer', 'fetch the file (git lfs pull) and push that'],
    json: ['JSON', 'push the .wasm file; the config belongs to --config'],
    base64: ['base64 text', 'decode it (base64 -d) and push the result'],
    script: ['a script', 'push the .wasm file itself'],
    text: ['text', 'push the .wasm file itself'],
    unknown: ['something unknown', 'push the .wasm file itself'],
  }

/**
 * Layers that say they are Wasm and are not: other bytes, another version, a file that is cut or has bytes after its end. No
 * module that any engine takes is among them.
 */
export function invalidLayers(artifact: Artifact, known: Known, reference: string): Finding[] {
  const again = () => pushAgain(artifact, namesOf(artifact, reference))
  return artifact.layers.flatMap((layer, position) => {
    const facts = known.blobs.get(layer.digest)
    if (!facts || !claimsWasm(layer.mediaType)) return []
    const lie = invalidLayer(facts)
    return lie ? [found(layer, position, lie, again())] : []
  })
}

/** What a file is that is said to be Wasm. */
interface Lie {
  readonly rule: ErrorRule
  readonly parameters: Finding['parameters']
  /** Ends the sentences "it says that it is Wasm but …" and "the file …". */
  readonly is: string
  readonly todo: string
}

/** What is wrong with a file that should be Wasm; undefined if it is, as far as it was read. */
export function invalidLayer({ content, size, wasm }: BlobFacts): Lie | undefined {
  if (content !== 'wasm') {
    const [what, todo] = CONTENTS[content]
    return { rule: 'layer-is-not-wasm', parameters: { content }, is: `is ${what}`, todo }
  }
  if (!wasm?.damage) return undefined
  const { damage, version, layer } = wasm
  if (damage.rule === 'unknown-version') {
    const number = `0x${version.toString(16)} of layer ${layer}`
    return {
      rule: damage.rule,
      parameters: { version, layer },
      is: `has version ${number}, which does not exist`,
      todo: 'build it with a current toolchain',
    }
  }
  return { rule: damage.rule, ...damageOf(damage, size) }
}

function damageOf({ rule, offset, missing, section }: Damage, size: number): Omit<Lie, 'rule'> {
  const todo = 'build or copy the file again and compare its sha256'
  if (rule === 'trailing-bytes') {
    const extra = size - offset
    const is = `has ${extra} bytes after its end, from byte ${offset} on, that are no section`
    return { parameters: { offset, extra }, is, todo }
  }
  const part = printable(section ?? 'header')
  const lack = missing === undefined ? 'before its end' : `${missing} bytes before its end`
  const is = `is cut off: its ${part} section breaks off ${lack}`
  return {
    parameters: { offset, section: part, ...(missing !== undefined && { missing }) },
    is: part === 'header' ? `is cut off after ${size} bytes, inside its header` : is,
    todo,
  }
}

function found(layer: Layer, position: number, lie: Lie, again: string): Finding {
  const name = layer.title === undefined ? '' : ` (${printable(layer.title)})`
  const mediaType = printable(layer.mediaType)
  return {
    rule: lie.rule,
    severity: 'error',
    parameters: { ...lie.parameters, layer: position, mediaType, digest: layer.digest },
    text: `layer ${position}${name} says it is ${mediaType} but ${lie.is}`,
    fix: `${lie.todo}: ${again}`,
  }
}
