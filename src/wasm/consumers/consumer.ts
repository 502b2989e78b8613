import type { Child } from '../../oci/descriptor.ts'
import type { Artifact, ContentFacts } from '../model/artifact.ts'
import type { ConventionId } from '../model/convention.ts'
import type { WasmFile } from '../model/wasm-file.ts'
import type { HostHint } from '../read/facts.ts'
import type { Deployment } from './shared/deployment.ts'
import type { PushNames } from './shared/push-commands.ts'

/**
 * The ground of a verdict: the consumer was executed, its source was read, or its documentation.
 */
export type Evidence = 'executed' | 'read' | 'documented'

export type RuleId =
  /** No rule refuses it. */
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
  // Reasons for `unknown`.
  | 'not-looked-at'
  | 'partly-read'
  | 'not-documented'

/** The result of one stage of a consumer for one artifact. */
export interface Verdict {
  readonly verdict: 'ok' | 'refuses' | 'unknown'
  readonly rule: RuleId
  /** Verbatim parts of the consumer's error message; with `either`, one of them. */
  readonly words: readonly string[]
  readonly either?: true
  readonly evidence: Evidence
}

/** The verdict on a pull, and the Wasm file that the consumer would run. */
export interface Pulled {
  readonly verdict: Verdict
  /** Present as soon as the place of the file is known, even if its content is not. */
  readonly file?: WasmFile
}

/** A release of a consumer. */
export interface Release {
  /** The number that people know it by; absent where there is only a commit. */
  readonly version?: string
  readonly commit?: string
  /** Date of the commit, YYYY-MM-DD. */
  readonly date?: string
  /** The program of the consumer that pulls, where the version is that of the program. */
  readonly program?: string
}

/** A runtime, or a tool, that pulls Wasm artifacts. */
export interface Consumer<Id extends string = string> {
  readonly id: Id
  readonly title: string
  /** The consumers are listed in ascending order of their positions. */
  readonly position: number
  /** The releases with which the rules were established, the newest first. */
  readonly releases: readonly [Release, ...(readonly Release[])]
  /** Documents and source files that state the rules. */
  readonly sources: readonly string[]
  /** Whether artifacts of a convention are made for it, given the host hints of their Wasm file. */
  readonly isMadeFor: (convention: ConventionId, hints: readonly HostHint[]) => boolean
  /** The manifest of an index that it would use. */
  readonly select: (children: readonly Child[]) => Child | Verdict
  readonly pull: (artifact: Artifact, known: ContentFacts) => Pulled
  readonly run: (file: WasmFile | undefined) => Verdict
  /** The command that pushes an artifact which it accepts. */
  readonly push: (names: PushNames) => string
  /** Whether it accepts images that have the module as `plugin.wasm` in their last layer. */
  readonly acceptsImages: boolean
  /** Whether the registry makes layouts for it of artifacts that it refuses. */
  readonly usesLayouts: boolean
  /** Writes the text that deploys an artifact, or says why there is none. */
  readonly deploy: ((deployment: Deployment) => string) | { readonly none: string }
}

export function isVerdict(selected: Child | Verdict): selected is Verdict {
  return 'verdict' in selected
}
