import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { describe, it } from 'node:test'
import { invalidLayers } from '../../../src/wasm/assess/invalid-layers.ts'
import { rejectionOf } from '../../../src/wasm/assess/rejection.ts'
import { type Plan, subject } from '../build/artifact.ts'
import { bytes, component, core, section } from '../build/bytes.ts'
import { filter, PUSHES } from '../build/conventions.ts'

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'
const CONFIG = 'application/vnd.module.wasm.config.v1+json'
const REFERENCE = 'registry.test:5000/asm/t:v0.1'

const liesOf = (plan: Plan) => {
  const { artifact, known } = subject(plan)
  return invalidLayers(artifact, known, REFERENCE)
}
const layerOf = (file: Uint8Array, title = 'filter.wasm', type = MODULE): Plan => ({
  config: CONFIG,
  layers: [{ type, bytes: file, title }],
})
const refusalFor = (plan: Plan) => {
  const [first, ...others] = liesOf(plan)
  assert.ok(first)
  return rejectionOf([first, ...others])
}

describe('invalid layers', () => {
  it('invalid layers are rejected in one sentence, with the corrected command and the rule', () => {
    assert.deepEqual(refusalFor(layerOf(gzipSync(filter))), {
      message:
        `layer 0 (filter.wasm) is labelled ${MODULE} but is gzip data; ` +
        'unpack it (gunzip, or tar xzf) and push the .wasm file itself: ' +
        `oras push ${REFERENCE} --config config.json:${CONFIG} filter.wasm:${MODULE}`,
      detail: {
        findings: [
          {
            rule: 'layer-is-not-wasm',
            consumers: [],
            parameters: {
              content: 'gzip',
              layer: 0,
              mediaType: MODULE,
              digest: subject(layerOf(filter)).artifact.layers[0]?.digest,
            },
          },
        ],
      },
    })
  })

  it('invalid layers give the name that the file has when it is unpacked', () => {
    for (const [title, name] of [
      ['a/filter.wasm.gz', 'a/filter.wasm'],
      ['filter.wasm.tar.gz', 'filter.wasm'],
      ['filter.wat', 'filter.wasm'],
      ['filter.wasm', 'filter.wasm'],
      ['two words.gz', 'filter.wasm'],
    ] as const) {
      const { message } = refusalFor(layerOf(gzipSync(filter), title))
      assert.ok(message.endsWith(` ${name}:${MODULE}`), message)
    }
  })

  it('invalid layers are named by their content and damage', () => {
    const cases: [file: Uint8Array, rule: string, text: RegExp][] = [
      [bytes(), 'layer-is-not-wasm', /but is empty$/],
      [bytes('<!DOCTYPE html>'), 'layer-is-not-wasm', /but is an HTML page$/],
      [bytes('(module)'), 'layer-is-not-wasm', /but is WebAssembly text$/],
      [bytes('{"type":"envoy_proxy"}'), 'layer-is-not-wasm', /but is JSON$/],
      [bytes(1, 2, 3), 'layer-is-not-wasm', /but is unknown content$/],
      [
        filter.with(4, 9),
        'unknown-version',
        /but has version 0x9 of layer 0, which does not exist$/,
      ],
      [filter.subarray(0, 5), 'cut-short', /is cut off after 5 bytes, inside its header$/],
      [filter.subarray(0, -3), 'cut-short', /its code section lacks its last 3 bytes$/],
      [bytes(filter, 0), 'trailing-bytes', /has 1 bytes after its end, from byte \d+ on, that are/],
    ]
    for (const [file, rule, text] of cases) {
      const [lie] = liesOf(layerOf(file))
      assert.equal(lie?.rule, rule)
      assert.match(lie.text, text)
      assert.equal(lie.severity, 'error')
    }
  })

  it('invalid layers include no valid module, no old format, no nonsense inside', () => {
    for (const file of [
      filter,
      core(),
      component(),
      bytes('\0asm', 0x0a, 0, 1, 0),
      core(section(7, 'x'), section(1), section(99)),
    ]) {
      assert.deepEqual(liesOf(layerOf(file)), [])
    }
  })

  it('invalid layers are only layers that are labelled Wasm and were read', () => {
    const html = bytes('<html>')
    for (const type of ['application/vnd.oci.image.layer.v1.tar', 'application/x+data']) {
      assert.deepEqual(liesOf(layerOf(html, 'x', type)), [])
    }
    assert.equal(liesOf(layerOf(html, 'x', 'Application/WASM')).length, 1)
    assert.deepEqual(liesOf({ layers: [{ type: MODULE }] }), [])
  })

  it('invalid layers are in no push of a real client', () => {
    for (const [push, plan] of Object.entries(PUSHES)) assert.deepEqual(liesOf(plan), [], push)
  })

  it('invalid layers are printed safely for headers, terminals and shells', () => {
    const title = `"\u001b[31m\n$(rm)\`é${'x'.repeat(200)}`
    const type = `application/$(x)'*${'y'.repeat(100)}+wasm`.replaceAll(/[()]/g, '`')
    const { message } = refusalFor(layerOf(bytes('x'), title, type))
    assert.match(message, /^[ -~]+$/)
    assert.ok(message.length < 1024, String(message.length))
    assert.match(message, /\(\{22\}\{1b\}\[31m\{a\}\$\(rm\)`\{e9\}x+\.\.\.\)/)
    assert.match(message, / filter\.wasm:TYPE$/)
  })

  it('invalid layers name at most eight layers', () => {
    const layers = Array.from({ length: 50 }, () => ({ type: MODULE, bytes: bytes('x') }))
    const { detail, message } = refusalFor({ layers })
    assert.equal(detail.findings.length, 8)
    assert.ok(JSON.stringify({ detail, message }).length < 4096)
  })
})
