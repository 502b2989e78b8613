import { RegistryError } from '../../oci/errors.ts'
import type { IncomingManifest, Admission, ManifestGate } from '../../registry/manifest-gate.ts'
import { type Artifact, readArtifact } from '../model/artifact.ts'
import { formatReference } from '../model/artifact-location.ts'
import type { Finding } from '../assess/finding.ts'
import { rejectionOf } from '../assess/rejection.ts'
import { formatWarnings } from '../assess/warnings.ts'
import { decide } from '../policy/decision.ts'
import { pushedLayouts, withLayouts } from '../policy/pushed-layouts.ts'
import {
  WASM_TYPED_LAYERS,
  type ExaminationScope,
  FULL_REPORT,
  NAMED_CONSUMERS,
  PUSH,
} from '../model/examination-scope.ts'
import { isWasmType } from '../model/media-types.ts'
import type { Policy } from '../policy/policy.ts'
import { isExempt } from '../model/convention.ts'
import { assertRead } from './assert-read.ts'
import type { StoredArtifacts } from './stored-artifacts.ts'

const SILENT: Admission = { warnings: [] }
const BY_POLICY = 'the policy of this repository refuses the tag'

/**
 * Checks manifests before they are stored. Layers whose media type says Wasm have to be Wasm;
 * policies apply whenever a tag is created or moved: by a push, `?tag=`, a copy or a mount.
 */
export class WasmGate implements ManifestGate {
  readonly #artifacts: StoredArtifacts
  readonly #policyOf: (repository: string) => Policy

  constructor(artifacts: StoredArtifacts, policyOf: (repository: string) => Policy) {
    this.#artifacts = artifacts
    this.#policyOf = policyOf
  }

  /**
   * @throws RegistryError MANIFEST_INVALID with the rules as its detail; where a policy enforces,
   *   also
   *   MANIFEST_BLOB_UNKNOWN and UNAVAILABLE, as {@link assertRead}
   */
  async admit(incoming: IncomingManifest): Promise<Admission> {
    const { repository, digest, manifest, tags, content, host = 'HOST' } = incoming
    const policy = this.#policyOf(repository)
    if (policy.mode === 'off') return SILENT
    const artifact = readArtifact(manifest)
    // The policy applies if it applies to any of the tags: a signature's tag among them does not
    // exempt the others.
    const tag = tags.find((one) => !isExempt(artifact, one)) ?? tags[0]
    const isUnderPolicy = tag !== undefined && !isExempt(artifact, tag)
    if (!isUnderPolicy && !hasWasmTypedLayer(artifact)) return SILENT
    const scope = isUnderPolicy ? scopeFor(policy) : WASM_TYPED_LAYERS
    const inspection = await this.#artifacts.inspect(content, artifact, scope)
    const reference = formatReference({ host, repository, digest, tag })
    const request = {
      ...inspection,
      reference,
      brief: true as const,
      ...(tag !== undefined && { tag }),
    }
    const decision = decide(request, policy)
    refuse(decision.errors)
    if (!isUnderPolicy) return SILENT
    if (policy.mode === 'enforce') await assertRead(content, inspection.unread)
    const layouts = await pushedLayouts(incoming, inspection, decision.remedies)
    const { warnings, refusals } = withLayouts(decision, layouts, `${host}/${repository}`)
    if (policy.mode === 'enforce') refuse(refusals, BY_POLICY)
    return {
      warnings: formatWarnings(warnings),
      derived: layouts.flatMap(({ manifests }) => manifests),
    }
  }
}

function hasWasmTypedLayer({ layers }: Artifact): boolean {
  return layers.some(({ mediaType }) => isWasmType(mediaType))
}

function scopeFor({ mode, consumers }: Policy): ExaminationScope {
  if (mode === 'enforce') return FULL_REPORT
  return consumers ? NAMED_CONSUMERS : PUSH
}

/** @throws RegistryError MANIFEST_INVALID if there are any findings */
function refuse([first, ...others]: readonly Finding[], by?: string): void {
  if (!first) return
  const { message, detail } = rejectionOf([first, ...others])
  throw new RegistryError('MANIFEST_INVALID', by === undefined ? message : `${by}: ${message}`, {
    detail,
  })
}
