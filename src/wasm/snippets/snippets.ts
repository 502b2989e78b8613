import { RegistryError } from '../../oci/errors.ts'
import { assess } from '../assess/assess.ts'
import { formatFix } from '../assess/finding.ts'
import { CONSUMERS } from '../consumers/all.ts'
import { type Consumer, isVerdict } from '../consumers/consumer.ts'
import type { ConsumerId } from '../consumers/ids.ts'
import {
  type Deployment,
  type PublishedArtifact,
  referenceOf,
  type Selected,
} from '../consumers/shared/deployment.ts'
import type { InspectedArtifact } from '../model/artifact.ts'
import { kubernetesSecret, oras } from './clients.ts'

/** An artifact in a registry, for which a snippet is written. */
export interface SnippetRequest extends PublishedArtifact {
  /** The manifests of an index that are here, by digest. */
  readonly children?: ReadonlyMap<string, InspectedArtifact>
}

type Writer = (request: SnippetRequest) => string

/** Writers of snippets by their kind: consumers with a deployment text, then other clients. */
const WRITERS: ReadonlyMap<string, Writer> = new Map<string, Writer>([
  ...CONSUMERS.flatMap((consumer): [string, Writer][] => {
    const { id, deploy } = consumer
    return typeof deploy === 'function'
      ? [[id, (request) => deploy(deploymentFor(consumer, request))]]
      : []
  }),
  ['oras', oras],
  ['kubernetes-secret', kubernetesSecret],
])

export const SNIPPETS: readonly string[] = [...WRITERS.keys()]

/** @throws RegistryError REQUEST_INVALID for an unknown kind */
export function snippetKind(wanted: string | undefined): string {
  const kind = SNIPPETS.find((known) => known === wanted)
  if (kind !== undefined) return kind
  throw new RegistryError('REQUEST_INVALID', `for must be one of ${SNIPPETS.join(', ')}`)
}

/**
 * A text for people to copy: YAML or command lines, with comments about what else is needed.
 * Untrusted text in it is quoted, and cannot end a comment.
 * @throws RegistryError REQUEST_INVALID if there is none for this artifact
 */
export function writeSnippet(kind: string, request: SnippetRequest): string {
  return WRITERS.get(snippetKind(kind))!(request)
}

function deploymentFor(consumer: Consumer<ConsumerId>, request: SnippetRequest): Deployment {
  return {
    ...request,
    objections: objectionsOf(consumer, request),
    selected: () => selectedBy(consumer, request),
  }
}

/** The refusals of the consumer, each with its fix. */
function objectionsOf({ id }: Consumer<ConsumerId>, request: SnippetRequest): string[] {
  const { artifact, known, children, tag } = request
  const { refusals } = assess({
    artifact,
    known,
    reference: referenceOf(request),
    consumers: [id],
    ...(tag !== undefined && { tag }),
    ...(children && { children }),
  })
  return refusals.flatMap(({ text, fix }) => [
    text,
    ...(fix === undefined ? [] : [`Instead: ${formatFix(fix)}`]),
  ])
}

/**
 * @throws RegistryError REQUEST_INVALID if an index has nothing for the consumer, or nothing that
 *   is here
 */
function selectedBy(consumer: Consumer, request: SnippetRequest): Selected {
  const { artifact, children } = request
  if (artifact.children.length === 0) return request
  const child = consumer.select(artifact.children)
  const found = isVerdict(child) ? undefined : children?.get(child.digest)
  if (isVerdict(child) || !found) {
    throw new RegistryError(
      'REQUEST_INVALID',
      `this is an index, and ${consumer.title} would find none of its manifests here: request one of them by its digest`,
    )
  }
  return { ...found, digest: child.digest }
}
