import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ConsumerId } from '../../../src/wasm/consumers/ids.ts'
import { evaluate } from '../../../src/wasm/assess/matrix.ts'
import { type Plan, subject } from '../build/artifact.ts'
import { bytes, component, list, name, section } from '../build/bytes.ts'
import { command, filter, PUSHES, server } from '../build/conventions.ts'
import { coreModule } from '../build/core-module.ts'

const WASM = 'application/wasm'
const CONTENT = 'application/vnd.wasm.content.layer.v1+wasm'
const V0 = 'application/vnd.wasm.config.v0+json'
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'

/** `pull verdict rule` and `run verdict rule` of one consumer, with the words of the pull. */
const cell = (plan: Plan, consumer: ConsumerId) => {
  const row = evaluate(subject(plan)).find((found) => found.consumer === consumer)
  assert.ok(row)
  const { pull, run } = row
  return {
    pull: `${pull.verdict} ${pull.rule}`,
    run: `${run.verdict} ${run.rule}`,
    words: pull.words.join('; '),
    evidence: pull.evidence,
  }
}
const one = (file?: Uint8Array, type = WASM, config = V0): Plan => ({
  config,
  layers: [{ type, ...(file && { bytes: file }) }],
})
const linked = component(
  section(10, list([0, name('docs:adder/add@1.0.0'), 5, 0])),
  section(11, list([0, name('wasi:cli/run@0.2.0'), 5, 0, 0])),
)

describe('wkg', () => {
  it('wkg wants the CNCF layout to the letter, and does not look at the bytes', () => {
    assert.deepEqual(cell(one(bytes('junk')), 'wkg'), {
      pull: 'ok fits',
      run: 'ok no-such-stage',
      words: '',
      evidence: 'executed',
    })
    const layers = [{ type: WASM }, { type: WASM }]
    assert.equal(
      cell({ config: V0, layers }, 'wkg').words,
      'Wasm components must have exactly one layer',
    )
    assert.equal(cell({ config: V0, layers: [] }, 'wkg').words, 'No layers to pull')
    assert.equal(
      cell(one(server, CONTENT), 'wkg').words,
      `Incompatible layer media type: ${CONTENT}`,
    )
    const config = cell(one(server, WASM, OCI_CONFIG), 'wkg')
    assert.equal(config.words, `Wasm components must have a config of type ${V0}`)
    const unstated = cell({ ...one(server), stated: false }, 'wkg')
    assert.deepEqual([unstated.pull, unstated.evidence], ['refuses manifest-type', 'read'])
  })
})

describe('wash', () => {
  it('wash wants a component, and gives it what is its own', () => {
    assert.equal(cell(one(server), 'wash').run, 'ok fits')
    assert.equal(cell(one(linked), 'wash').run, 'unknown not-documented')
    assert.equal(cell(one(command), 'wash').pull, 'refuses component-wanted')
    assert.equal(cell(one(server.subarray(0, -1)), 'wash').pull, 'refuses component-wanted')
    assert.equal(cell(one(), 'wash').pull, 'unknown not-looked-at')
    assert.equal(cell({ layers: [] }, 'wash').pull, 'refuses no-layers')
  })
})

describe('Wassette', () => {
  it('Wassette wants the CNCF layout and a component', () => {
    assert.deepEqual(cell(one(server), 'wassette').run, 'ok fits')
    assert.equal(cell(one(command), 'wassette').run, 'refuses component-wanted')
    assert.equal(cell(one(linked), 'wassette').run, 'unknown not-documented')
  })
})

describe('Spin', () => {
  it('Spin takes applications and single packages', () => {
    assert.equal(cell(PUSHES['spin']!, 'spin').pull, 'ok fits')
    assert.equal(cell(one(server), 'spin').pull, 'ok fits')
    const two = cell({ layers: [{ type: WASM }, { type: WASM }] }, 'spin')
    assert.equal(two.words, 'expected single layer in OCI package, found 2 layers')
    assert.equal(cell(one(server, 'application/octet-stream'), 'spin').pull, 'refuses layer-type')
    assert.equal(cell(one(bytes('junk')), 'spin').run, 'refuses not-wasm')
  })
})

describe('Kubewarden', () => {
  it('Kubewarden takes layers of one type alone', () => {
    assert.equal(cell(PUSHES['kubewarden']!, 'kubewarden').run, 'ok fits')
    assert.equal(cell(one(server, CONTENT), 'kubewarden').run, 'refuses module-wanted')
    assert.equal(cell(one(filter, CONTENT), 'kubewarden').run, 'unknown not-documented')
    assert.equal(cell(one(filter), 'kubewarden').words, `Incompatible layer media type: ${WASM}`)
  })
})

describe('runwasi', () => {
  it('runwasi wants the architecture wasm and one layer', () => {
    assert.equal(cell(one(command), 'runwasi').pull, 'ok fits')
    const image = (body?: Plan['body']): Plan => ({
      ...one(command, WASM, OCI_CONFIG),
      ...(body && { body }),
    })
    assert.equal(cell(image(), 'runwasi').pull, 'unknown not-looked-at')
    assert.equal(cell(image({ architecture: 'wasm' }), 'runwasi').pull, 'ok fits')
    assert.equal(cell(image({ architecture: 'amd64' }), 'runwasi').pull, 'refuses architecture')
    const two = cell({ config: V0, layers: [{ type: WASM }, { type: WASM }] }, 'runwasi')
    assert.match(two.words, /only a single module is supported/)
    assert.equal(cell(one(command, CONTENT), 'runwasi').words, "executor can't handle spec")
  })

  it('runwasi runs commands', () => {
    assert.equal(cell(one(command), 'runwasi').run, 'ok fits')
    assert.equal(cell(one(filter), 'runwasi').run, 'refuses entry-wanted')
    assert.equal(cell(one(server), 'runwasi').run, 'ok fits')
    const other = coreModule({ imports: [['env', 'x']], functions: { _start: '()->()' } })
    assert.equal(cell(one(other), 'runwasi').run, 'unknown not-documented')
  })
})

describe('ASM', () => {
  it('ASM takes what its documentation pushes; of the rest nothing is known', () => {
    assert.deepEqual(cell(PUSHES['asm-single-layer']!, 'asm').pull, 'ok fits')
    assert.equal(cell(PUSHES['asm-single-layer']!, 'asm').evidence, 'documented')
    assert.equal(cell(PUSHES['compat']!, 'asm').pull, 'unknown not-documented')
  })
})

describe('Envoy', () => {
  it('Envoy pulls nothing itself', () => {
    assert.equal(cell(one(filter), 'envoy').pull, 'ok no-such-stage')
    assert.equal(cell(PUSHES['none:opened']!, 'envoy').pull, 'refuses no-wasm')
    assert.equal(cell(PUSHES['none']!, 'envoy').pull, 'unknown not-looked-at')
  })
})
