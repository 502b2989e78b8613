import { OCI_IMAGE_MANIFEST } from '../../oci/media-types.ts'
import type { Artifact, ContentFacts } from '../model/artifact.ts'
import { wasmFileOf } from '../model/wasm-file.ts'
import type { Consumer, Pulled, RuleId } from './consumer.ts'
import { type Deployment, MODULE_FILE, referenceOf } from './shared/deployment.ts'
import { isFilter } from './shared/filters.ts'
import { pushWithWkg } from './shared/push-commands.ts'
import { comment, comments, shellLine } from './shared/quoting.ts'
import { refusesArtifact } from './shared/rust-clients.ts'
import { selectLikeOciClient } from './shared/select-child.ts'
import { FITS, NO_SUCH_STAGE, withEvidence, refuses } from './shared/verdict.ts'

/** Rules of `wkg oci pull` that were executed. */
const EXECUTED: readonly RuleId[] = ['layer-type', 'config-type']

/**
 * The package manager of components: `wkg get` and `wkg oci pull`. It runs nothing, and does not
 * look at the bytes.
 */
export const WKG = {
  id: 'wkg',
  title: 'wkg',
  position: 60,
  releases: [{ version: '0.16.1' }],
  sources: [
    'https://github.com/bytecodealliance/wasm-pkg-tools (5a4c2ab): crates/wkg/src/oci.rs, crates/wasm-pkg-client/src/oci/loader.rs',
    'https://github.com/bytecodealliance/rust-oci-wasm: src/client.rs',
  ],
  isMadeFor: (convention, hints) =>
    convention === 'wkg' ||
    convention === 'bare-wasm' ||
    (convention === 'untyped' && !isFilter(hints)),
  select: selectLikeOciClient,
  pull,
  run: () => withEvidence('read', NO_SUCH_STAGE),
  push: pushWithWkg,
  acceptsImages: false,
  usesLayouts: false,
  deploy,
} as const satisfies Consumer

function pull(artifact: Artifact, known: ContentFacts): Pulled {
  const file = wasmFileOf(artifact, known)
  const refused = refusesArtifact(artifact)
  if (refused) {
    const evidence = EXECUTED.includes(refused.rule) ? 'executed' : 'read'
    return { verdict: withEvidence(evidence, refused), ...(file && { file }) }
  }
  // `wkg oci pull` accepts it, `wkg get` does not.
  const stated = artifact.statedType === OCI_IMAGE_MANIFEST
  const words = `Wasm components must have a manifest of type ${OCI_IMAGE_MANIFEST}`
  const verdict = stated
    ? withEvidence('executed', FITS)
    : withEvidence('read', refuses('manifest-type', words))
  return { verdict, ...(file && { file }) }
}

// semver.org, without build metadata: a tag cannot have a plus.
const SEMVER = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/

/** `wkg oci pull`, and `wkg get` where repository and tag are those of a package. */
function deploy(deployment: Deployment): string {
  const { host, secure, tag } = deployment
  const name = packageOf(deployment)
  const insecure = secure ? [] : ['--insecure', host]
  return [
    comments(deployment.objections),
    comment('With an account: docker login stores one that wkg finds, or add -u and -p.'),
    shellLine('wkg', 'oci', 'pull', ...insecure, '-o', MODULE_FILE, referenceOf(deployment)),
    ...(name !== undefined
      ? [
          comment('The same as a package of this registry:'),
          ...(secure
            ? []
            : [comment(`its config.toml needs: [registry."${host}".oci] protocol = "http"`)]),
          shellLine('wkg', 'get', '--registry', host, '-o', `./${MODULE_FILE}`, `${name}@${tag}`),
        ]
      : []),
  ].join('')
}

/** `namespace:name`, if repository and tag are those of a package. */
function packageOf({ repository, tag, namespacePrefix }: Deployment): string | undefined {
  const prefix = namespacePrefix === undefined ? '' : `${namespacePrefix}/`
  if (!repository.startsWith(prefix) || tag === undefined || !SEMVER.test(tag)) return undefined
  const [namespace = '', name = '', ...more] = repository.slice(prefix.length).split('/')
  return name !== '' && more.length === 0 ? `${namespace}:${name}` : undefined
}
