/** How a layer can be read: as a file, or as a gzipped tar that holds files. */
export type Examination = 'file' | 'archive'

/**
 * How much of an artifact's content is read. Facts that are kept from an earlier reading are used
 * in any case.
 */
export interface ExaminationScope {
  /**
   * None; layers whose media type is Wasm; also layers that may be Wasm by their file
   * name or because there is no other layer; or all.
   */
  readonly layers: 'none' | 'wasm-typed' | 'likely' | 'all'
  /**
   * Whether the last layer is opened if it is an archive. `likely`: if the manifest suggests a Wasm
   * image, or it is small and alone.
   */
  readonly archive: 'never' | 'likely' | 'always'
  /** `decisive`: if a runtime that the artifact is made for decides by the config. */
  readonly config: 'never' | 'decisive' | 'always'
}

/**
 * For listings: only configs of images for containerd are read, because they decide whether it runs
 * them.
 */
export const KNOWN_FACTS: ExaminationScope = {
  layers: 'none',
  archive: 'never',
  config: 'decisive',
}

/** For snippets, which take values from the config. */
export const KNOWN_FACTS_AND_CONFIG: ExaminationScope = { ...KNOWN_FACTS, config: 'always' }

/** For a push without a policy's decision: are the layers what their media types say? */
export const WASM_TYPED_LAYERS: ExaminationScope = {
  layers: 'wasm-typed',
  archive: 'never',
  config: 'never',
}

/** For a push that is checked for the runtimes that it is made for. */
export const PUSH: ExaminationScope = { layers: 'likely', archive: 'likely', config: 'decisive' }

/** For a push that is checked for runtimes named by a policy. */
export const NAMED_CONSUMERS: ExaminationScope = { ...PUSH, config: 'always' }

/** For reports, and for a push that a policy may refuse. */
export const FULL_REPORT: ExaminationScope = { layers: 'all', archive: 'always', config: 'always' }
