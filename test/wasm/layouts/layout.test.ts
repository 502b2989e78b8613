import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  annotationsOf,
  LAYOUTS,
  layoutTag,
  originalTag,
  readMark,
} from '../../../src/wasm/layouts/layout.ts'

const subject = { digest: 'sha256:0' }

describe('layouts', () => {
  for (const layout of LAYOUTS) {
    it(`layouts ${layout} is recognised by its annotations`, () => {
      const annotations = annotationsOf(layout)
      const mark = { layout, version: 1, original: subject.digest }
      assert.deepEqual(readMark({ annotations, subject }), mark)
      assert.equal(readMark({ annotations }), undefined)
    })

    it(`layouts ${layout} has a tag derived from the tag of its original`, () => {
      assert.equal(originalTag(layoutTag('v0.1', layout), layout), 'v0.1')
      for (const tag of ['v0.1', layout, `-${layout}`, `v0.1-${layout}-x`]) {
        assert.equal(originalTag(tag, layout), undefined, tag)
      }
    })
  }

  it('layouts are not manifests with other annotations', () => {
    const annotations = annotationsOf('envoy')
    for (const other of [
      {},
      { ...annotations, 'wasmoor/layout': 'other' },
      { ...annotations, 'wasmoor/layout-version': 'one' },
      { 'wasmoor/layout': 'envoy' },
    ]) {
      assert.equal(readMark({ annotations: other, subject }), undefined)
    }
  })
})
