import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { indexMadeFor, madeFor } from '../../../src/wasm/assess/made-for.ts'
import { subject } from '../build/artifact.ts'
import { PUSHES } from '../build/conventions.ts'

const PROXIES = ['istio', 'envoy-gateway', 'higress']

describe('the consumers that an artifact is made for', () => {
  for (const [push, consumers] of Object.entries({
    'asm-single-layer': [...PROXIES, 'asm'],
    compat: PROXIES,
    docker: PROXIES,
    higress: ['higress'],
    'solo-io-oci': PROXIES,
    // The module calls a function that only Higress has.
    'solo-io-oci:higress': ['higress'],
    wkg: ['wkg'],
    wasmcloud: ['wash'],
    spin: ['spin'],
    kubewarden: ['kubewarden'],
    runwasi: ['runwasi'],
    untyped: PROXIES,
    none: [],
  }))
    it(`are ${consumers.join(', ') || 'none'} for ${push}`, () => {
      assert.deepEqual(madeFor(subject(PUSHES[push]!)), consumers)
    })

  it('are those of the children for an index', () => {
    const children = new Map([
      ['a', subject(PUSHES['compat']!)],
      ['b', subject(PUSHES['wkg']!)],
    ])
    assert.deepEqual(indexMadeFor(children), [...PROXIES, 'wkg'])
  })
})
