import type { Artifact, Known } from '../model/artifact.ts'
import { MODULE_LAYER, WASM_LAYER } from '../model/media-types.ts'
import type { BlobFacts } from '../read/facts.ts'
import { refusesLayers } from './oci-client.ts'
import { selectLikeOciClient } from './select-child.ts'
import {
  FITS,
  type Outcome,
  NOT_DOCUMENTED,
  NOT_LOOKED_AT,
  on,
  PARTLY_READ,
  refuses,
} from './verdict.ts'
import { fileIn, type WasmFile } from '../model/wasm-file.ts'
import type { Consumer, Pulled } from './consumer.ts'

/** Packages that its host gives to components of itself. */
const GIVEN = /^(?:wasi|wasmcloud|wrpc):/

/** wasmCloud's shell and host. */
export const WASH: Consumer = {
  id: 'wash',
  title: 'wash',
  version: '2.7.0 (7cd553c, 2026-08-20)',
  sources: ['https://github.com/wasmCloud/wasmCloud (7cd553c): crates/wash-runtime/src/oci.rs'],
  select: selectLikeOciClient,
  pull,
  run: (file) => on('read', judgeRun(file)),
}

function pull(artifact: Artifact, known: Known): Pulled {
  const [first] = artifact.layers
  const refused = refusesLayers(artifact, [WASM_LAYER, MODULE_LAYER])
  if (refused || !first) return { verdict: on('read', refused ?? refuses('no-layers')) }
  const file = fileIn(first, known)
  return { verdict: on('read', judgeFile(file.facts)), file }
}

function judgeFile(facts: BlobFacts | undefined): Outcome {
  if (!facts) return NOT_LOOKED_AT
  const isComponent = facts.wasm?.kind === 'component' || facts.wasm?.kind === 'wit-package'
  if (isComponent && !facts.wasm.damage) return FITS
  return refuses('component-wanted', 'pulled artifact is not a valid WebAssembly component')
}

function judgeRun(file: WasmFile | undefined): Outcome {
  const facts = file?.facts
  if (!facts) return NOT_LOOKED_AT
  if (facts.wasm?.kind !== 'component' || facts.wasm.damage) return refuses('component-wanted')
  const { imports, entry, partlyRead } = facts.wasm
  if (partlyRead.total > 0 || imports.total > imports.items.length) return PARTLY_READ
  // What else a component imports may be linked to another one.
  const given = imports.items.every(({ name }) => GIVEN.test(name))
  return given && entry !== undefined ? FITS : NOT_DOCUMENTED
}
