import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  isJsonObject,
  readAnnotations,
  readDescriptor,
  readList,
} from '../../src/oci/descriptor.ts'
import { RegistryError } from '../../src/oci/errors.ts'

const good = { mediaType: 'application/wasm', digest: `sha256:${'a'.repeat(64)}`, size: 7 }

function refused(read: () => unknown, path: string): void {
  assert.throws(read, (error) => {
    assert.ok(error instanceof RegistryError)
    assert.equal(error.failure, 'MANIFEST_INVALID')
    assert.deepEqual(error.detail, { path })
    assert.ok(error.message.startsWith(`${path} must be`), error.message)
    return true
  })
}

describe('descriptors', () => {
  it('descriptors are read without what the registry does not need', () => {
    const more = { ...good, urls: ['https://x.example'], annotations: { a: 'b' }, data: 'e30=' }
    assert.deepEqual(
      readDescriptor({ ...more, platform: { os: 'wasip2' }, x: [1] }, 'config'),
      good,
    )
  })

  it('descriptors may be of types and algorithms never seen before', () => {
    const strange = { mediaType: 'x/y', digest: 'multihash+base58:QmRZ=', size: 0 }
    assert.deepEqual(readDescriptor(strange, 'config'), strange)
  })

  it('descriptors take every whole number from 0 as size, and no other number', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (size) => {
        assert.equal(readDescriptor({ ...good, size }, 'c').size, size)
      }),
    )
    const bad = [-1, 0.5, 2 ** 53, 1e300, Infinity, Number.NaN, '7', null, undefined, true, [7], {}]
    for (const size of bad)
      refused(() => readDescriptor({ ...good, size }, 'layers[3]'), 'layers[3].size')
  })

  it('descriptors are refused by name of what is wrong', () => {
    for (const value of [null, undefined, 1, 'x', true, [], [good]])
      refused(() => readDescriptor(value, 'config'), 'config')
    for (const mediaType of [undefined, null, 1, '', 'wasm', 'a/b/c', 'a/b; c=d', 'a/b\n', {}])
      refused(() => readDescriptor({ ...good, mediaType }, 'c'), 'c.mediaType')
    for (const digest of [
      undefined,
      null,
      1,
      '',
      'latest',
      'sha256:',
      'sha256:a!b',
      `a:${'b'.repeat(2000)}`,
    ])
      refused(() => readDescriptor({ ...good, digest }, 'c'), 'c.digest')
  })

  it('descriptors do not take fields from a prototype', () => {
    const heir = JSON.parse(
      `{"__proto__": ${JSON.stringify(good)}, "mediaType": "application/wasm"}`,
    ) as unknown
    refused(() => readDescriptor(heir, 'config'), 'config.digest')
  })

  it('descriptors whatever they are, are read or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ ...mapped(good) })), (value) => {
        try {
          const read = readDescriptor(value, 'x')
          assert.deepEqual(Object.keys(read), ['mediaType', 'digest', 'size'])
        } catch (error) {
          assert.ok(error instanceof RegistryError, String(error))
        }
      }),
    )
  })

  it('descriptors come in lists, where a missing list is an empty one', () => {
    assert.deepEqual(readList(undefined, 'layers', readDescriptor), [])
    assert.deepEqual(readList(null, 'layers', readDescriptor), [])
    assert.deepEqual(readList([], 'layers', readDescriptor), [])
    assert.deepEqual(readList([good, good], 'layers', readDescriptor), [good, good])
    refused(
      () => readList([good, { ...good, size: -1 }], 'layers', readDescriptor),
      'layers[1].size',
    )
    for (const value of [{}, 'x', 1, true])
      refused(() => readList(value, 'layers', readDescriptor), 'layers')
  })
})

describe('annotations', () => {
  it('annotations are a map of strings', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (map) => {
        assert.deepEqual(readAnnotations(map, 'annotations'), map)
      }),
    )
    assert.deepEqual(readAnnotations(undefined, 'annotations'), {})
    assert.deepEqual(readAnnotations(null, 'annotations'), {})
  })

  it('annotations are refused where they are not', () => {
    for (const value of ['x', 1, true, [], ['a']])
      refused(() => readAnnotations(value, 'annotations'), 'annotations')
    for (const value of [1, null, {}, [], true])
      refused(() => readAnnotations({ a: 'b', c: value }, 'annotations'), 'annotations["c"]')
  })

  it('annotations may be called __proto__', () => {
    const map = JSON.parse('{"__proto__": "x"}') as unknown
    assert.equal(JSON.stringify(readAnnotations(map, 'annotations')), '{"__proto__":"x"}')
    const bad = JSON.parse('{"__proto__": {"a": "b"}}') as unknown
    refused(() => readAnnotations(bad, 'annotations'), 'annotations["__proto__"]')
  })
})

describe('JSON objects', () => {
  it('JSON objects are neither lists nor null nor anything else', () => {
    assert.deepEqual([{}, { a: 1 }].map(isJsonObject), [true, true])
    for (const value of [null, undefined, [], '', 1, true]) assert.ok(!isJsonObject(value))
  })
})

/** Each field as it is, or anything. */
function mapped(fields: Record<string, unknown>): Record<string, fc.Arbitrary<unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      fc.oneof(fc.constant(value), fc.jsonValue()),
    ]),
  )
}
