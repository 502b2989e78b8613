import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { archiveLayer, opensAtPush } from '../../../src/wasm/model/archive-layer.ts'
import { isWasmType } from '../../../src/wasm/model/media-types.ts'
import { isExempt, recognise } from '../../../src/wasm/model/convention.ts'
import { indexSubject, subject } from '../build/artifact.ts'
import { PUSHES } from '../build/conventions.ts'

const conventionOf = (push: string) => {
  const { artifact, known } = subject(PUSHES[push]!)
  return recognise(artifact, known)
}

describe('the recogniser', () => {
  for (const push of Object.keys(PUSHES)) {
    it(push, () => assert.equal(conventionOf(push).id, push.split(':')[0]))
  }

  it('the recogniser index', () => {
    const { artifact, known } = indexSubject(['linux/amd64'])
    assert.equal(recognise(artifact, known).id, 'index')
  })

  it('the recogniser takes a component with the config of a filter for what was meant', () => {
    const config = 'application/vnd.module.wasm.config.v1+json'
    const { artifact, known } = subject({ ...PUSHES['wasmcloud']!, config })
    assert.equal(recognise(artifact, known).id, 'asm-single-layer')
  })
})

describe('a Wasm media type', () => {
  it('a Wasm media type ends in wasm', () => {
    for (const type of [
      'application/wasm',
      'Application/WASM',
      'application/wasm; charset=utf-8',
      'application/vnd.module.wasm.content.layer.v1+wasm',
      'application/vnd.gadget.wasm.program.v1+wasm',
    ]) {
      assert.ok(isWasmType(type), type)
    }
  })

  it('a Wasm media type is no other type', () => {
    for (const type of [
      'application/vnd.wasm.content.layer.v1+data',
      'application/vnd.wasm.content.bundle.v1.tar+gzip',
      'application/vnd.wasm.config.v0+json',
      'application/wasm+encrypted',
      'application/vnd.module.wasm.spec.v1+yaml',
      'application/vnd.oci.image.layer.v1.tar',
      'text/x-wasm',
    ]) {
      assert.ok(!isWasmType(type), type)
    }
  })
})

describe('policies', () => {
  it('policies exempt referrers, signatures and charts', () => {
    const exempt = (push: string, tag?: string) => isExempt(subject(PUSHES[push]!).artifact, tag)
    assert.ok(exempt('none:cosign-referrer'))
    assert.ok(exempt('none:helm', '1.0.0'))
    const digest = 'sha256-'.padEnd(71, '0')
    for (const end of ['', '.sig', '.att', '.0.json'])
      assert.ok(exempt('none:cosign', digest + end), end)
    for (const tag of [
      'sha256-prod',
      'sha256-0123.sig',
      `${digest}0`,
      `${digest}-prod`,
      `v${digest}`,
    ])
      assert.ok(!exempt('none:cosign', tag), tag)
    assert.ok(!exempt('none:cosign-referrer', 'v1'))
    assert.ok(!exempt('none:cosign', 'v1'))
    assert.ok(!exempt('asm-single-layer', 'v0.1'))
  })
})

describe('an archive is opened at the push', () => {
  const opens = (push: string, enforced = false) =>
    opensAtPush(subject(PUSHES[push]!).artifact, enforced)

  it('an archive is opened at the push if the manifest speaks of Wasm, or there is one small layer', () => {
    assert.ok(opens('compat:annotated'))
    assert.ok(opens('higress'))
    assert.ok(opens('none'))
    assert.ok(!opens('none:docker'))
    assert.ok(opens('none:docker', true))
    assert.ok(!opens('asm-single-layer', true))
    const { artifact } = subject({ layers: [{ ...PUSHES['none']!.layers[0]!, size: 33 << 20 }] })
    assert.ok(!opensAtPush(artifact, false))
    assert.equal(archiveLayer(artifact), artifact.layers[0])
  })
})
