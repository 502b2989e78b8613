import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LAYOUTS } from '../../../src/wasm/layouts/layout.ts'
import { layoutSubject } from '../../../src/wasm/layouts/layout-subject.ts'
import { reliefs } from '../../../src/wasm/layouts/relief.ts'
import { isUnfit, sourceOf } from '../../../src/wasm/layouts/source.ts'
import { evaluate, type Subject } from '../../../src/wasm/matrix.ts'
import { recognise } from '../../../src/wasm/recognise.ts'
import { subject } from '../build/artifact.ts'
import { PUSHES } from '../build/conventions.ts'

/** Whether Istio takes it and runs it. */
function runsInIstio(asked: Subject): boolean {
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
        const { artifact, known } = layoutSubject(name, source)
        assert.equal(recognise(artifact, known).id, convention, push)
      }
    }
  })

  it('helps where the module is one that runs there', () => {
    const helping = (push: string) => reliefs(subject(PUSHES[push]!), LAYOUTS, runsInIstio)
    for (const push of ['asm-single-layer', 'untyped', 'module-layers']) {
      assert.ok(!runsInIstio(subject(PUSHES[push]!)), push)
      assert.deepEqual(helping(push), LAYOUTS, push)
    }
    for (const push of ['wkg:module', 'wkg', 'wasmcloud', 'spin', 'compat']) {
      assert.deepEqual(helping(push), [], push)
    }
    assert.deepEqual(reliefs(subject(PUSHES['untyped']!), [], runsInIstio), [])
  })
})
