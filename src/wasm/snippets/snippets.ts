import { RegistryError } from '../../oci/errors.ts'
import { kubernetesSecret, oras, wkg } from './commands.ts'
import type { Deployment } from './deployment.ts'
import { envoy } from './envoy.ts'
import { asm, envoyGateway, higress, istio } from './mesh.ts'

/** Texts with which an artifact is put to work, by whom they are for. */
const WRITERS = {
  istio,
  'envoy-gateway': envoyGateway,
  higress,
  asm,
  envoy,
  wkg,
  oras,
  'kubernetes-secret': kubernetesSecret,
} as const satisfies Record<string, (deployment: Deployment) => string>

export type SnippetKind = keyof typeof WRITERS

export const SNIPPETS = Object.keys(WRITERS) as SnippetKind[]

/** @throws RegistryError REQUEST_INVALID for anything else */
export function snippetKind(wanted: string | undefined): SnippetKind {
  const kind = SNIPPETS.find((known) => known === wanted)
  if (kind) return kind
  throw new RegistryError('REQUEST_INVALID', `say who it is for: ${SNIPPETS.join(', ')}`)
}

/**
 * A text for people to copy: YAML or command lines, with comments that say what else it takes. Texts of others in it are
 * quoted, and none of them ends a comment.
 * @throws RegistryError REQUEST_INVALID if there is none for this artifact
 */
export function writeSnippet(kind: SnippetKind, deployment: Deployment): string {
  return WRITERS[kind](deployment)
}
