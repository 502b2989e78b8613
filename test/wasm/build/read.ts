import assert from 'node:assert/strict'
import type { BlobFacts, WasmFacts } from '../../../src/wasm/read/facts.ts'
import { WasmReader } from '../../../src/wasm/read/wasm-reader.ts'

/** The facts of a file, read in pieces of this many bytes. */
export function read(file: Uint8Array, piece = file.length): BlobFacts {
  const reader = new WasmReader()
  for (let at = 0; at < file.length; at += piece) reader.update(file.subarray(at, at + piece))
  return reader.finish()
}

/** The facts of a file that begins like Wasm. */
export function readWasm(file: Uint8Array): WasmFacts {
  const { wasm } = read(file)
  assert.ok(wasm)
  return wasm
}
