import type { ByteSource, ParseStep } from './byte-source.ts'

export interface Preamble {
  readonly version: number
  readonly layer: number
}

/**
 * Component model, Binary.md, `preamble`; a core module's version is the same eight bytes with
 * layer 0.
 */
export function* readPreamble(source: ByteSource): ParseStep<Preamble> {
  const bytes = yield* source.bytes(8)
  if (!beginsLikeWasm(bytes)) throw source.malformed('something else than WebAssembly')
  const view = new DataView(bytes.buffer)
  return { version: view.getUint16(4, true), layer: view.getUint16(6, true) }
}

/** Whether the bytes begin with `\0asm`. */
export function beginsLikeWasm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x00 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d
}
