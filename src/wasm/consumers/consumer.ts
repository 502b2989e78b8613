import type { Artifact, Child, Known } from '../model/artifact.ts'
import type { WasmFile } from '../model/wasm-file.ts'

export type ConsumerId =
  | 'istio'
  | 'envoy-gateway'
  | 'higress'
  | 'asm'
  | 'envoy'
  | 'wkg'
  | 'wash'
  | 'wassette'
  | 'spin'
  | 'kubewarden'
  | 'runwasi'

/** Ground of a verdict: what was run, what the source says, what the documentation says. */
export type Evidence = 'executed' | 'read' | 'documented'

export type RuleId =
  /** Nothing speaks against it. */
  | 'fits'
  /** The stage does not exist for this consumer. */
  | 'no-such-stage'
  // Pull.
  | 'no-layers'
  | 'layer-count'
  | 'layer-type'
  | 'config-type'
  | 'manifest-type'
  | 'archive-unreadable'
  | 'no-plugin-file'
  | 'plugin-not-wasm'
  | 'layer-not-wasm'
  | 'too-large'
  | 'no-child'
  | 'index'
  | 'no-wasm'
  | 'not-an-application'
  | 'architecture'
  // Run.
  | 'not-wasm'
  | 'damaged'
  | 'bytecode'
  | 'abi'
  | 'missing-import'
  | 'import-type'
  | 'function-type'
  | 'allocator'
  | 'component-wanted'
  | 'module-wanted'
  | 'entry-wanted'
  // Why it is not known.
  | 'not-looked-at'
  | 'partly-read'
  | 'not-documented'

export interface Verdict {
  readonly verdict: 'ok' | 'refuses' | 'unknown'
  readonly rule: RuleId
  /** Verbatim parts of what the consumer says when it refuses; with `either`, one of them. */
  readonly words: readonly string[]
  readonly either?: true
  readonly evidence: Evidence
}

/** What a consumer does with an artifact and the Wasm file that it takes from it. */
export interface Pulled {
  readonly verdict: Verdict
  /** What it takes, also if it is not known yet what is in it. */
  readonly file?: WasmFile
}

export interface Consumer {
  readonly id: ConsumerId
  readonly title: string
  /** Of what was run or read, with the commit and its date if there is no number. */
  readonly version: string
  /** Where its rules stand. */
  readonly sources: readonly string[]
  /** Which manifest of an index it goes on with. */
  readonly select: (children: readonly Child[]) => Child | Verdict
  readonly pull: (artifact: Artifact, known: Known) => Pulled
  readonly run: (file: WasmFile | undefined) => Verdict
}

export function isVerdict(selected: Child | Verdict): selected is Verdict {
  return 'verdict' in selected
}
