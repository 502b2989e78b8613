import { OCI_IMAGE_MANIFEST } from '../../oci/media-types.ts'
import type { Artifact, Known } from '../model/artifact.ts'
import { refusesArtifact } from './oci-wasm.ts'
import { selectLikeOciClient } from './select-child.ts'
import { FITS, NO_SUCH_STAGE, on, refuses } from './verdict.ts'
import { wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled, RuleId } from './consumer.ts'

/** Rules of `wkg oci pull` that were seen at work. */
const SEEN: readonly RuleId[] = ['layer-type', 'config-type']

/** The package manager of components: `wkg get` and `wkg oci pull`. It runs nothing and does not look at the bytes. */
export const WKG: Consumer = {
  id: 'wkg',
  title: 'wkg',
  version: '0.16.1',
  sources: [
    'https://github.com/bytecodealliance/wasm-pkg-tools (5a4c2ab): crates/wkg/src/oci.rs, crates/wasm-pkg-client/src/oci/loader.rs',
    'https://github.com/bytecodealliance/rust-oci-wasm: src/client.rs',
  ],
  select: selectLikeOciClient,
  pull,
  run: () => on('read', NO_SUCH_STAGE),
}

function pull(artifact: Artifact, known: Known): Pulled {
  const file = wasmFileOf(artifact, known)
  const refused = refusesArtifact(artifact)
  if (refused) {
    const evidence = SEEN.includes(refused.rule) ? 'executed' : 'read'
    return { verdict: on(evidence, refused), ...(file && { file }) }
  }
  // `wkg oci pull` would take it, `wkg get` does not.
  const stated = artifact.statedType === OCI_IMAGE_MANIFEST
  const words = `Wasm components must have a manifest of type ${OCI_IMAGE_MANIFEST}`
  const verdict = stated ? on('executed', FITS) : on('read', refuses('manifest-type', words))
  return { verdict, ...(file && { file }) }
}
