import type { Artifact, Known } from '../model/artifact.ts'
import { refusesArtifact } from './oci-wasm.ts'
import { selectLikeOciClient } from './select-child.ts'
import { FITS, type Outcome, NOT_DOCUMENTED, NOT_LOOKED_AT, on, refuses } from './verdict.ts'
import { type WasmFile, wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'

/** Offers the functions of components to language models. It pulls without credentials. */
export const WASSETTE: Consumer = {
  id: 'wassette',
  title: 'Wassette',
  version: '0.2.0 (8940e27, 2025-08-09)',
  sources: [
    'https://github.com/microsoft/wassette (8940e27): crates/wassette/src/loader.rs, lib.rs',
  ],
  select: selectLikeOciClient,
  pull,
  run: (file) => on('read', judgeRun(file)),
}

function pull(artifact: Artifact, known: Known): Pulled {
  const file = wasmFileOf(artifact, known)
  return { verdict: on('read', refusesArtifact(artifact) ?? FITS), ...(file && { file }) }
}

function judgeRun(file: WasmFile | undefined): Outcome {
  const facts = file?.facts
  if (!facts) return NOT_LOOKED_AT
  const { wasm } = facts
  if (wasm?.kind === 'component' && !wasm.damage) {
    const { items, total } = wasm.imports
    const given = items.length === total && items.every(({ name }) => name.startsWith('wasi:'))
    return given ? FITS : NOT_DOCUMENTED
  }
  const words = [
    'Failed to compile component from path',
    'Please ensure the file is a valid WebAssembly component.',
  ]
  return refuses('component-wanted', ...words)
}
