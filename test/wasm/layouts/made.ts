import { createHash } from 'node:crypto'
import type { Descriptor } from '../../../src/oci/descriptor.ts'
import { readManifest } from '../../../src/oci/manifest.ts'
import type { InspectedArtifact } from '../../../src/wasm/model/artifact.ts'
import { readArtifact } from '../../../src/wasm/model/artifact.ts'
import type { LayoutName } from '../../../src/wasm/layouts/layout.ts'
import { type Layout, makeLayout } from '../../../src/wasm/layouts/make-layout.ts'
import { isUnfit, type LayoutSource, sourceOf } from '../../../src/wasm/layouts/source.ts'
import { digestOf, OCI, type Plan, subject } from '../build/artifact.ts'

export const ORIGINAL: Descriptor = { mediaType: OCI, digest: digestOf('original'), size: 500 }

/** The source of an artifact whose module has the digest of these bytes. */
export function sourceIn(plan: Plan, layout: LayoutName, bytes: Uint8Array): LayoutSource {
  const source = sourceOf(subject(plan), layout, ORIGINAL)
  if (isUnfit(source)) throw new Error(source.text)
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return { ...source, module: { ...source.module, digest, size: bytes.length } }
}

export function made(
  layout: LayoutName,
  plan: Plan,
  bytes: Uint8Array,
  chunk = bytes.length,
): Promise<Layout> {
  return makeLayout(layout, ORIGINAL, sourceIn(plan, layout, bytes), () => inPieces(bytes, chunk))
}

/** Pieces whose memory is used again, as a store gives them. */
export async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(length)
  for (let at = 0; at < bytes.length; at += length) {
    const piece = bytes.subarray(at, at + length)
    memory.set(piece)
    yield memory.subarray(0, piece.length)
  }
}

export async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = []
  for await (const piece of pieces) copies.push(Buffer.from(piece))
  return Buffer.concat(copies)
}

export function textOf({ bytes }: Layout): string {
  return Buffer.from(bytes).toString()
}

/** The layout as those who pull it see it, with nothing known of its content. */
export function artifactOf({ bytes }: Layout): InspectedArtifact['artifact'] {
  return readArtifact(readManifest(bytes, OCI))
}
