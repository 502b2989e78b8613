import { RegistryError } from '../../oci/errors.ts'
import type { IncomingManifest, Admission, ManifestGate } from '../../registry/manifest-gate.ts'
import { type Artifact, readArtifact } from '../model/artifact.ts'
import type { Finding } from '../assess/finding.ts'
import { refusalOf } from '../assess/refusal.ts'
import { warningTexts } from '../assess/warnings.ts'
import { decide } from '../policy/decision.ts'
import { pushedLayouts, withLayouts } from '../layouts/pushed-layouts.ts'
import { claimsWasm } from '../model/media-types.ts'
import type { Policy } from '../policy/policy.ts'
import { isExempt } from '../model/convention.ts'
import type { Effort } from './knowledge.ts'
import type { StoredArtifacts } from './stored-artifact.ts'

const NOTHING_TO_SAY: Admission = { warnings: [] }
const BY_POLICY = 'the policy of this repository refuses the tag'

/**
 * Judges what a tag is to point at, however it comes to that: by a push, further tags, a copy, blobs that were mounted. What comes
 * without a tag is looked at for lies alone.
 */
export class WasmGate implements ManifestGate {
  readonly #artifacts: StoredArtifacts
  readonly #policyOf: (repository: string) => Policy

  constructor(artifacts: StoredArtifacts, policyOf: (repository: string) => Policy) {
    this.#artifacts = artifacts
    this.#policyOf = policyOf
  }

  /** @throws RegistryError MANIFEST_INVALID with the rules as its detail */
  async admit(pushed: IncomingManifest): Promise<Admission> {
    const { repository, digest, manifest, tags, content, host = 'HOST' } = pushed
    const policy = this.#policyOf(repository)
    if (policy.mode === 'off') return NOTHING_TO_SAY
    const artifact = readArtifact(manifest)
    // Of several the one that a policy judges, if there is any.
    const tag = tags.find((one) => !isExempt(artifact, one)) ?? tags[0]
    const onlyLies = tag === undefined || isExempt(artifact, tag)
    if (onlyLies && !claims(artifact)) return NOTHING_TO_SAY
    const effort = effortFor(policy, onlyLies)
    const reference = `${host}/${repository}${tag === undefined ? `@${digest}` : `:${tag}`}`
    const found = await this.#artifacts.read(content, artifact, effort)
    const question = {
      ...found,
      reference,
      brief: true as const,
      ...(tag !== undefined && { tag }),
    }
    const judgement = decide(question, policy)
    refuse(judgement.errors)
    if (onlyLies) return NOTHING_TO_SAY
    const layouts = await pushedLayouts(pushed, found, judgement.remedies)
    const { warnings, refusals } = withLayouts(judgement, layouts, `${host}/${repository}`)
    if (policy.mode === 'enforce') refuse(refusals, BY_POLICY)
    return {
      warnings: warningTexts(warnings),
      derived: layouts.flatMap(({ manifests: companions }) => companions),
    }
  }
}

function claims({ layers }: Artifact): boolean {
  return layers.some(({ mediaType }) => claimsWasm(mediaType))
}

function effortFor({ mode, consumers }: Policy, onlyLies: boolean): Effort {
  if (onlyLies) return 'lies'
  if (mode === 'enforce') return 'enforce'
  return consumers ? 'named' : 'push'
}

function refuse(findings: readonly Finding[], by?: string): void {
  const [first, ...others] = findings
  if (!first) return
  const { message, detail } = refusalOf([first, ...others])
  throw new RegistryError('MANIFEST_INVALID', by === undefined ? message : `${by}: ${message}`, {
    detail,
  })
}
