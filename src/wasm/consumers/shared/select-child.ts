import type { Child } from '../../../oci/descriptor.ts'
import type { Evidence, Verdict } from '../consumer.ts'
import { NOT_DOCUMENTED, withEvidence, refuses } from './verdict.ts'

const LINUX = { os: 'linux', architecture: 'amd64' }

/**
 * google/go-containerregistry, pkg/v1/remote/index.go, childByPlatform: the first child for
 * linux/amd64, and one without a platform counts as that.
 */
export function selectsLikeGgcr(evidence: Evidence) {
  return (children: readonly Child[]): Child | Verdict => {
    const child = children.find(({ platform }) => isLinux(platform ?? LINUX))
    return (
      child ??
      withEvidence(evidence, refuses('no-child', 'no child with platform linux/amd64 in index'))
    )
  }
}

/**
 * oras-project/rust-oci-client, current_platform_resolver, on a linux/amd64 machine: a child must
 * state its platform.
 */
export function selectLikeOciClient(children: readonly Child[]): Child | Verdict {
  const child = children.find(({ platform }) => platform && isLinux(platform))
  return (
    child ??
    withEvidence('read', refuses('no-child', 'no entry found in image index manifest matching'))
  )
}

/**
 * Used if the selection is unknown: containerd selects by the platform that the pod asks for, and
 * the rules of other consumers are not documented.
 */
export function selectUnknown(): Verdict {
  return withEvidence('documented', NOT_DOCUMENTED)
}

function isLinux({ os, architecture }: { os: string; architecture: string }): boolean {
  return os === LINUX.os && architecture === LINUX.architecture
}
