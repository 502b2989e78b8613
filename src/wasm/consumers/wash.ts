import type { Artifact, ContentFacts } from '../model/artifact.ts'
import { MODULE_LAYER, WASM_LAYER } from '../model/media-types.ts'
import { fileIn, type WasmFile } from '../model/wasm-file.ts'
import type { BlobFacts } from '../read/facts.ts'
import type { Consumer, Pulled } from './consumer.ts'
import { pushWithWkg } from './shared/push-commands.ts'
import { refusesLayers } from './shared/rust-clients.ts'
import { selectLikeOciClient } from './shared/select-child.ts'
import {
  FITS,
  NOT_DOCUMENTED,
  NOT_LOOKED_AT,
  withEvidence,
  type Outcome,
  PARTLY_READ,
  refuses,
} from './shared/verdict.ts'

/** Packages whose interfaces the host itself provides. */
const PROVIDED = /^(?:wasi|wasmcloud|wrpc):/

/** The shell and host of wasmCloud. */
export const WASH = {
  id: 'wash',
  title: 'wash',
  position: 70,
  releases: [{ version: '2.7.0', commit: '7cd553c', date: '2026-08-20' }],
  sources: ['https://github.com/wasmCloud/wasmCloud (7cd553c): crates/wash-runtime/src/oci.rs'],
  isMadeFor: (convention) => convention === 'wasmcloud',
  select: selectLikeOciClient,
  pull,
  run: (file) => withEvidence('read', runOutcome(file)),
  push: pushWithWkg,
  acceptsImages: false,
  usesLayouts: false,
  deploy: { none: 'a component runs as part of a workload that you describe' },
} as const satisfies Consumer

function pull(artifact: Artifact, known: ContentFacts): Pulled {
  const [first] = artifact.layers
  const refused = refusesLayers(artifact, [WASM_LAYER, MODULE_LAYER])
  if (refused || !first) return { verdict: withEvidence('read', refused ?? refuses('no-layers')) }
  const file = fileIn(first, known)
  return { verdict: withEvidence('read', fileOutcome(file.facts)), file }
}

function fileOutcome(facts: BlobFacts | undefined): Outcome {
  if (!facts) return NOT_LOOKED_AT
  const isComponent = facts.wasm?.kind === 'component' || facts.wasm?.kind === 'wit-package'
  if (isComponent && !facts.wasm.damage) return FITS
  return refuses('component-wanted', 'pulled artifact is not a valid WebAssembly component')
}

function runOutcome(file: WasmFile | undefined): Outcome {
  const facts = file?.facts
  if (!facts) return NOT_LOOKED_AT
  if (facts.wasm?.kind !== 'component' || facts.wasm.damage) return refuses('component-wanted')
  const { imports, entry, partlyRead } = facts.wasm
  if (partlyRead.total > 0 || imports.total > imports.items.length) return PARTLY_READ
  // Other imports may be linked to another component.
  const provided = imports.items.every(({ name }) => PROVIDED.test(name))
  return provided && entry !== undefined ? FITS : NOT_DOCUMENTED
}
