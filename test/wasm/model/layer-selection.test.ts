import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  WASM_TYPED_LAYERS,
  FULL_REPORT,
  KNOWN_FACTS,
  PUSH,
} from '../../../src/wasm/model/examination-scope.ts'
import {
  MAX_CONFIG_BYTES,
  MAX_LAYERS,
  parseConfig,
  selectLayers,
  wantsConfig,
} from '../../../src/wasm/model/layer-selection.ts'
import type { Artifact } from '../../../src/wasm/model/artifact.ts'
import { subject } from '../build/artifact.ts'

const TAR_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
const WASM = 'application/wasm'
const UNKNOWN = 'application/octet-stream'
const NOTHING_KNOWN = { blobs: new Map(), archives: new Map() }

const { artifact } = subject({
  layers: [
    { type: WASM },
    { type: UNKNOWN, title: 'a.wasm' },
    { type: UNKNOWN },
    { type: TAR_GZIP, size: 40 << 20 },
  ],
})

describe('the selection of layers', () => {
  it('the selection of layers gives each layer the examinations of the scope', () => {
    const examinations = (scope: typeof PUSH) =>
      selectLayers(artifact, scope).map((selected) => selected.examinations.join(' '))
    assert.deepEqual(examinations(KNOWN_FACTS), ['', '', '', ''])
    assert.deepEqual(examinations(WASM_TYPED_LAYERS), ['file', '', '', ''])
    assert.deepEqual(examinations(PUSH), ['file', 'file', '', 'file archive'])
    assert.deepEqual(examinations(FULL_REPORT), ['file', 'file', 'file', 'file archive'])
  })

  it('the selection of layers takes a digest once, with the media type that says it is Wasm', () => {
    const [layer] = artifact.layers
    const twice: Artifact = { ...artifact, layers: [{ ...layer!, mediaType: UNKNOWN }, layer!] }
    const selected = selectLayers(twice, PUSH)
    assert.deepEqual(
      selected.map((each) => each.layer),
      [layer],
    )
  })

  it(`the selection of layers ends after ${MAX_LAYERS} different layers`, () => {
    const layers = Array.from({ length: MAX_LAYERS + 1 }, (_, position) => ({
      mediaType: WASM,
      digest: `sha256:${position}`,
      size: 1,
    }))
    assert.equal(selectLayers({ ...artifact, layers }, PUSH).length, MAX_LAYERS)
  })
})

describe('the config', () => {
  it('the config is not wanted if it is larger than the bound', () => {
    const config = { mediaType: 'application/json', digest: 'sha256:0', size: MAX_CONFIG_BYTES }
    assert.ok(wantsConfig({ ...artifact, config }, NOTHING_KNOWN, FULL_REPORT))
    const larger = { ...config, size: MAX_CONFIG_BYTES + 1 }
    assert.ok(!wantsConfig({ ...artifact, config: larger }, NOTHING_KNOWN, FULL_REPORT))
  })

  it('the config counts only if it is a JSON object', () => {
    assert.deepEqual(parseConfig(Buffer.from('{"a":1}')), { a: 1 })
    assert.equal(parseConfig(Buffer.from('[1]')), undefined)
    assert.equal(parseConfig(Buffer.from('{')), undefined)
  })
})
