import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assess } from '../../../src/wasm/assess/assess.ts'
import { digestOf, type Plan, subject } from '../build/artifact.ts'
import { bytes, core, custom, section } from '../build/bytes.ts'
import { coreModule } from '../build/core-module.ts'
import { filter, PUSHES } from '../build/conventions.ts'

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const CONFIG = 'application/vnd.module.wasm.config.v1+json'
const CONFIG_V0 = 'application/vnd.wasm.config.v0+json'

const rulesOf = (plan: Plan, tag?: string) => {
  const assessment = assess({ ...subject(plan), reference: 'r/x', ...(tag && { tag }) })
  for (const { severity: level, text } of assessment.hints) {
    assert.equal(level, 'info')
    assert.match(text, /^[ -~]+$/)
  }
  return assessment.hints.map(({ rule }) => rule)
}
const module = (file: Uint8Array): Plan => ({ layers: [{ type: MODULE, bytes: file }] })

describe('hints', () => {
  it('hints are about what a module carries', () => {
    const cases: [file: Uint8Array, rules: string[]][] = [
      [filter, []],
      [
        coreModule({ more: [custom('.debug_info', 'x'), custom('precompiled_v8', 'x')] }),
        ['debug-info', 'precompiled'],
      ],
      [coreModule({ more: [custom('linking')] }), ['object-file']],
      [coreModule({ more: [custom('component-type:x')] }), ['to-be-wrapped']],
      [bytes('\0asm', 0x0b, 0, 1, 0), ['component-prototype', 'partly-read']],
      [
        core(section(99), section(7, 'x'), section(1, 0)),
        ['unknown-section', 'section-order', 'partly-read'],
      ],
    ]
    for (const [file, rules] of cases) assert.deepEqual(rulesOf(module(file)), rules)
  })

  it('hints are about what the config says', () => {
    const config = (body: object, type = CONFIG): Plan => ({
      config: type,
      body: { ...body },
      layers: [{ type: type === CONFIG ? MODULE : 'application/wasm', bytes: filter }],
    })
    assert.deepEqual(rulesOf(config({})), ['empty-config'])
    assert.deepEqual(rulesOf(config({ abiVersions: ['v0.2.1'] })), ['config-type'])
    assert.deepEqual(rulesOf(config({ type: 'envoy_proxy' })), [])
    const v0 = { layerDigests: [digestOf('0')], os: 'wasip1' }
    assert.deepEqual(rulesOf(config(v0, CONFIG_V0)), [])
    assert.deepEqual(rulesOf(config({ ...v0, os: 'wasip2' }, CONFIG_V0)), ['config-os'])
    assert.deepEqual(rulesOf(config({ ...v0, layerDigests: [] }, CONFIG_V0)), [
      'config-layer-digests',
    ])
  })

  it('hints are about tags', () => {
    assert.deepEqual(rulesOf(PUSHES['wkg:wit']!, '1.2.3-rc.1'), [])
    assert.deepEqual(rulesOf(PUSHES['wkg:wit']!, 'v1.2.3'), ['tag-not-semver'])
    assert.deepEqual(rulesOf(PUSHES['compat']!, 'latest'), ['tag-latest'])
    assert.deepEqual(rulesOf(PUSHES['compat']!, 'v1'), [])
    assert.deepEqual(rulesOf(PUSHES['none:helm']!, 'latest'), [])
  })

  it('hints are about another name in the archive', () => {
    const { hints: advice } = assess({ ...subject(PUSHES['none:opened']!), reference: 'r/x' })
    assert.deepEqual(advice[0]?.parameters, { name: 'usr/lib/llhttp.wasm' })
  })
})
