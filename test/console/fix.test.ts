import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fixOf } from '../../console/artifact/fix.ts'
import { zh } from '../../console/language/zh.ts'
import type { Finding } from '../../src/wasm/assess/finding.ts'

const finding = (rule: Finding['rule'], level: Finding['severity'], fix?: string): Finding => ({
  rule,
  severity: level,
  parameters: {},
  text: '',
  ...(fix !== undefined && { fix }),
})

describe('what does it right', () => {
  it('is a command as it is, and a sentence in the language of the page', () => {
    const push = 'oras push h/a:v1 f.wasm:application/wasm'
    assert.deepEqual(fixOf(finding('pull-layer-count', 'warning', push), zh), { command: push })
    const image = 'cp f.wasm plugin.wasm && tar czf plugin.tar.gz plugin.wasm && crane append'
    assert.deepEqual(fixOf(finding('pull-no-plugin-file', 'warning', image), zh), {
      command: image,
    })
    assert.deepEqual(fixOf(finding('run-abi', 'warning', 'build it with an SDK'), zh), {
      todo: zh.fixes.abi,
    })
    assert.deepEqual(fixOf(finding('cut-short', 'error', `build it again: ${push}`), zh), {
      todo: zh.fixes.error,
      command: push,
    })
    assert.deepEqual(fixOf(finding('tag-latest', 'info'), zh), {})
  })

  it('is told in English rather than not at all', () => {
    assert.deepEqual(fixOf(finding('large', 'info', 'do something'), zh), {
      todo: 'do something',
    })
  })
})
