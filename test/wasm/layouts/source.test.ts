import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LayoutName } from '../../../src/wasm/layouts/layout.ts'
import { isUnfit, sourceOf } from '../../../src/wasm/layouts/source.ts'
import type { InspectedArtifact } from '../../../src/wasm/model/artifact.ts'
import { digestOf, indexSubject, OCI, type Plan, subject } from '../build/artifact.ts'
import { filter, PUSHES } from '../build/conventions.ts'
import { read } from '../build/read.ts'
import { artifactOf, made, ORIGINAL } from './made.ts'

const MODULE = 'application/vnd.module.wasm.content.layer.v1+wasm'

/** The digest of what a layout would be made of, or the rule that speaks against it. */
function found(whole: InspectedArtifact | Plan, layout: LayoutName = 'envoy'): string {
  const asked = 'layers' in whole ? subject(whole) : whole
  const source = sourceOf(asked, layout, ORIGINAL)
  return isUnfit(source) ? source.rule : source.module.digest
}

function why(plan: Plan): string {
  const source = sourceOf(subject(plan), 'envoy', ORIGINAL)
  return isUnfit(source) ? source.text : 'it fits'
}

describe('the source of a layout', () => {
  const FITS = ['asm-single-layer', 'asm-single-layer:oras-0.12', 'wasm-to-oci', 'wkg:module']
  const UNTYPED = ['untyped', 'untyped:octets', 'runwasi', 'wasm-layer', 'kubewarden']
  for (const push of [...FITS, ...UNTYPED]) {
    it(`a layout is made of the raw module of ${push}`, () =>
      assert.equal(found(PUSHES[push]!), digestOf('0')))
  }

  it('a layout is made of the module layer, whatever other layers there are', () => {
    assert.equal(found(PUSHES['module-layers']!), digestOf('1'))
    const types = ['application/wasm', MODULE, 'application/wasm']
    assert.equal(found({ layers: types.map((type) => ({ type, bytes: filter })) }), digestOf('1'))
  })

  it('a layout keeps the config only if it has the convention of layouts', () => {
    const config = (push: string) => {
      const source = sourceOf(subject(PUSHES[push]!), 'envoy', ORIGINAL)
      return !isUnfit(source) && source.config?.digest
    }
    assert.equal(config('asm-single-layer'), digestOf('config'))
    assert.equal(config('wkg:module'), undefined)
  })
})

describe('no layout is made of', () => {
  for (const [push, rule] of [
    ['compat', 'archive'],
    ['docker', 'archive'],
    ['higress', 'archive'],
    ['wkg', 'kind'],
    ['wkg:wit', 'kind'],
    ['wasmcloud', 'kind'],
    ['spin', 'kind'],
    ['none:docker', 'archive'],
    ['none:helm', 'no-wasm'],
    ['none:cosign', 'no-wasm'],
    ['none:cosign-referrer', 'referrer'],
  ] as const) {
    it(`no layout is made of ${push}: ${rule}`, () => assert.equal(found(PUSHES[push]!), rule))
  }

  it('no layout is made of an index', () =>
    assert.equal(found(indexSubject(['linux/amd64'])), 'index'))

  it('no layout is made of a layout', async () => {
    const artifact = artifactOf(await made('envoy', PUSHES['asm-single-layer']!, filter))
    assert.equal(found({ artifact, known: { blobs: new Map(), archives: new Map() } }), 'layout')
  })

  it('no layout is made of several modules', () => {
    const layers = [1, 2].map(() => ({ type: 'application/wasm', bytes: filter }))
    assert.equal(found({ layers }), 'several-modules')
  })

  it('no layout is made of a module that the repository does not have', () => {
    assert.equal(found({ layers: [{ type: MODULE }] }), 'not-here')
  })

  it('no layout is made of bytes that are not a whole module', () => {
    const bytes = Buffer.from('<html>')
    assert.equal(found({ layers: [{ type: MODULE, bytes }] }), 'not-wasm')
    const cut = { layers: [{ type: MODULE, bytes: filter.subarray(0, filter.length - 3) }] }
    assert.equal(found(cut), 'damaged')
    assert.match(why(cut), /^its module is cut off: its \w+ section lacks its last 3 bytes/)
  })

  it('no layout is made of a module above the size that consumers accept, in an archive including its header', () => {
    const limit = 256 << 20
    for (const [layout, size, expected] of [
      ['envoy', limit, digestOf('0')],
      ['envoy', limit + 1, 'too-large'],
      ['compat', limit - 512, digestOf('0')],
      ['compat', limit - 511, 'too-large'],
    ] as const) {
      const { artifact } = subject({ layers: [{ type: MODULE }] })
      const blobs = new Map([[digestOf('0'), { ...read(filter), size }]])
      assert.equal(found({ artifact, known: { blobs, archives: new Map() } }, layout), expected)
    }
  })

  it('no layout is made of content with a digest that its consumers do not know', () => {
    const digest = `sha512:${'0'.repeat(128)}`
    const asked = subject(PUSHES['asm-single-layer']!)
    const source = sourceOf(asked, 'envoy', { mediaType: OCI, digest, size: 1 })
    assert.equal(isUnfit(source) && source.rule, 'digest-algorithm')
  })
})
