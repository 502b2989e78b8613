import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fixOf } from '../../console/artifact/fix.ts'
import { zh } from '../../console/language/zh.ts'
import type { Finding } from '../../src/wasm/assess/finding.ts'

const finding = (rule: Finding['rule'], more: Partial<Finding> = {}): Finding => ({
  rule,
  severity: 'warning',
  consumers: [],
  parameters: {},
  text: '',
  ...more,
})

describe('the fix of a finding', () => {
  it('shows a command as it is', () => {
    const command = 'oras push h/a:v1 f.wasm:application/wasm'
    const layers = finding('pull-layer-count', { stage: 'pull', fix: { command } })
    assert.deepEqual(fixOf(layers, zh), { command })
  })

  it('translates an advice by the rule of the finding', () => {
    const abi = finding('run-abi', { stage: 'run', fix: { text: 'build it with an SDK' } })
    assert.deepEqual(fixOf(abi, zh), { advice: zh.fixes.abi })
  })

  it('shows a translated advice with its command', () => {
    const command = 'oras push h/a:v1 f.wasm:application/wasm'
    const cut = finding('cut-short', {
      severity: 'error',
      fix: { text: 'build it again', command },
    })
    assert.deepEqual(fixOf(cut, zh), { advice: zh.fixes.error, command })
  })

  it('shows an advice in English if its rule has no translation', () => {
    const large = finding('large', { severity: 'info', fix: { text: 'do something' } })
    assert.deepEqual(fixOf(large, zh), { advice: 'do something' })
  })

  it('is empty for a finding without a fix', () => {
    assert.deepEqual(fixOf(finding('tag-latest', { severity: 'info' }), zh), {})
  })
})
