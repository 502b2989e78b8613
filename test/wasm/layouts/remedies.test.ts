import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LAYOUTS } from '../../../src/wasm/layouts/layout.ts'
import { layoutArtifact } from '../../../src/wasm/layouts/layout-artifact.ts'
import { possibleLayouts } from '../../../src/wasm/layouts/remedies.ts'
import { isUnfit, sourceOf } from '../../../src/wasm/layouts/source.ts'
import { evaluate } from '../../../src/wasm/assess/matrix.ts'
import type { InspectedArtifact } from '../../../src/wasm/model/artifact.ts'
import { recognise } from '../../../src/wasm/model/convention.ts'
import { subject } from '../build/artifact.ts'
import { PUSHES } from '../build/conventions.ts'

/** Whether Istio pulls and runs it. */
function runsInIstio(asked: InspectedArtifact): boolean {
  const { pull, run } = evaluate(asked).find(({ consumer }) => consumer === 'istio')!
  return pull.verdict === 'ok' && run.verdict === 'ok'
}

describe('a layout that does not exist yet', () => {
  it('a layout that does not exist yet is recognised as the convention that it will have', () => {
    for (const push of ['asm-single-layer', 'wkg:module', 'untyped']) {
      for (const [name, convention] of [
        ['envoy', 'solo-io-oci'],
        ['compat', 'compat'],
      ] as const) {
        const source = sourceOf(subject(PUSHES[push]!), name)
        assert.ok(!isUnfit(source))
        const { artifact, known } = layoutArtifact(name, source)
        assert.equal(recognise(artifact, known).id, convention, push)
      }
    }
  })

  it('a layout that does not exist yet is a remedy for a consumer where the module runs there', () => {
    const accepted = (push: string) =>
      possibleLayouts(subject(PUSHES[push]!), LAYOUTS, ['istio'])
        .filter(({ refusedBy }) => refusedBy.length === 0)
        .map(({ name }) => name)
    for (const push of ['asm-single-layer', 'untyped', 'module-layers']) {
      assert.ok(!runsInIstio(subject(PUSHES[push]!)), push)
      assert.deepEqual(accepted(push), LAYOUTS, push)
    }
    for (const push of ['wkg:module', 'wkg', 'wasmcloud', 'spin', 'compat']) {
      assert.deepEqual(accepted(push), [], push)
    }
    assert.deepEqual(possibleLayouts(subject(PUSHES['untyped']!), [], ['istio']), [])
  })
})
