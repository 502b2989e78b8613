import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LAYOUTS } from '../../../src/wasm/layouts/layout.ts'
import { layoutArtifact } from '../../../src/wasm/layouts/layout-artifact.ts'
import { remedies } from '../../../src/wasm/layouts/remedies.ts'
import { isUnfit, sourceOf } from '../../../src/wasm/layouts/source.ts'
import { evaluate, type InspectedArtifact } from '../../../src/wasm/assess/matrix.ts'
import { recognise } from '../../../src/wasm/model/convention.ts'
import { subject } from '../build/artifact.ts'
import { PUSHES } from '../build/conventions.ts'

/** Whether Istio takes it and runs it. */
function runsInIstio(asked: InspectedArtifact): boolean {
  const { pull, run } = evaluate(asked).find(({ consumer }) => consumer === 'istio')!
  return pull.verdict === 'ok' && run.verdict === 'ok'
}

describe('a layout that is not made yet', () => {
  it('is judged as what it will be', () => {
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

  it('helps where the module is one that runs there', () => {
    const helping = (push: string) => remedies(subject(PUSHES[push]!), LAYOUTS, runsInIstio)
    for (const push of ['asm-single-layer', 'untyped', 'module-layers']) {
      assert.ok(!runsInIstio(subject(PUSHES[push]!)), push)
      assert.deepEqual(helping(push), LAYOUTS, push)
    }
    for (const push of ['wkg:module', 'wkg', 'wasmcloud', 'spin', 'compat']) {
      assert.deepEqual(helping(push), [], push)
    }
    assert.deepEqual(remedies(subject(PUSHES['untyped']!), [], runsInIstio), [])
  })
})
