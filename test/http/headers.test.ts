import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  blobHeaders,
  isNotModified,
  manifestHeaders,
  readContentRange,
  readRange,
  writeCondition,
} from '../../src/http/headers.ts'
import { RegistryError } from '../../src/oci/errors.ts'
import { digestOf } from '../../src/oci/digest.ts'

const digest = digestOf(Buffer.from('x'))
const other = digestOf(Buffer.from('y'))

/**
 * RFC 9110, section 14.1.2, on a real list of byte positions: the positions that a range selects.
 */
function positions(first: number | undefined, last: number | undefined, size: number): number[] {
  const all = Array.from({ length: size }, (_, position) => position)
  if (first === undefined) return last === 0 ? [] : all.slice(-(last ?? 0))
  return all.filter((position) => position >= first && position <= (last ?? Infinity))
}

describe('Range', () => {
  it('Range selects the bytes that RFC 9110 says, or fails with the length where it says none', () => {
    const position = fc.option(fc.nat(40), { nil: undefined })
    fc.assert(
      fc.property(position, position, fc.integer({ min: 1, max: 30 }), (first, last, size) => {
        fc.pre(first !== undefined || last !== undefined)
        const header = `bytes=${first ?? ''}-${last ?? ''}`
        const expected = positions(first, last, size)
        if (expected.length > 0) {
          const found = readRange(header, size)
          assert.deepEqual(found, { start: expected[0], end: expected.at(-1) }, header)
          return
        }
        assert.throws(
          () => readRange(header, size),
          (error) => {
            assert.ok(error instanceof RegistryError)
            assert.equal(error.status, 416)
            assert.deepEqual(error.headers, { 'Content-Range': `bytes */${size}` })
            return true
          },
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('Range of an empty blob selects nothing but by a suffix, which RFC 9110 calls satisfiable', () => {
    assert.throws(() => readRange('bytes=0-', 0), RegistryError)
    assert.throws(() => readRange('bytes=0-0', 0), RegistryError)
    assert.throws(() => readRange('bytes=-0', 0), RegistryError)
    assert.equal(readRange('bytes=-5', 0), undefined)
  })

  it('Range counts beyond what numbers can', () => {
    const huge = '9'.repeat(400)
    assert.deepEqual(readRange(`bytes=3-${huge}`, 10), { start: 3, end: 9 })
    assert.deepEqual(readRange(`bytes=-${huge}`, 10), { start: 0, end: 9 })
    assert.throws(() => readRange(`bytes=${huge}-`, 10), RegistryError)
    assert.throws(() => readRange(`bytes=${huge}-${huge}`, 10), RegistryError)
  })

  it('Range that is none, of another unit or of several is no range', () => {
    const headers = [
      '',
      'bytes',
      'bytes=',
      'bytes=-',
      'bytes=a-b',
      'bytes=1',
      'bytes=--1',
      'bytes=1-2-3',
    ]
    const more = [
      'items=0-1',
      'bytes=0-1,3-4',
      'bytes=0-1, 3-',
      'bytes=+1-2',
      'bytes=1.0-2',
      'bytes=0x1-2',
    ]
    for (const header of [undefined, ...headers, ...more])
      assert.equal(readRange(header, 10), undefined, header)
    fc.assert(
      fc.property(fc.string(), fc.nat(), (text, size) => {
        assert.equal(readRange(text, size), undefined)
      }),
    )
  })
})

describe('Content-Range of an upload', () => {
  it('Content-Range of an upload tells where a piece begins and how long it is', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (start, more) => {
        const expected = { start, length: more + 1 }
        assert.deepEqual(readContentRange(`${start}-${start + more}`), expected)
        for (const total of ['', '/*', `/${start + more + 1}`]) {
          assert.deepEqual(readContentRange(`bytes ${start}-${start + more}${total}`), expected)
          assert.deepEqual(readContentRange(`bytes=${start}-${start + more}${total}`), expected)
        }
        if (more > 0)
          assert.throws(() => readContentRange(`${start + more}-${start}`), RegistryError)
      }),
    )
    assert.equal(readContentRange(undefined), undefined)
  })

  it('Content-Range of an upload is refused when it is anything else', () => {
    const bad = [
      '',
      '-',
      '0-',
      '-5',
      '5',
      '0-1-2',
      'a-b',
      '0 - 1',
      '-1-5',
      '1e3-2e3',
      '0x0-0x5',
      '0,1',
    ]
    for (const header of [
      ...bad,
      'bytes',
      'bytes */5',
      'items 0-1',
      `0-${'9'.repeat(16)}`,
      '0-1/x',
    ]) {
      assert.throws(
        () => readContentRange(header),
        (error) => error instanceof RegistryError && error.failure === 'BLOB_UPLOAD_INVALID',
        header,
      )
    }
  })
})

describe('entity tags', () => {
  it('entity tags make a read not modified, strong or weak, alone or in a list', () => {
    const same = [
      `"${digest}"`,
      `W/"${digest}"`,
      `"a", "${digest}"`,
      `W/"a" , W/"${digest}"`,
      '*',
      ' * ',
    ]
    for (const header of same) assert.ok(isNotModified(header, digest), header)
    const different = [
      undefined,
      '',
      `"${other}"`,
      digest,
      `"${digest}`,
      `w/"${digest}"`,
      '"*"',
      `'${digest}'`,
    ]
    for (const header of different) assert.ok(!isNotModified(header, digest), header)
  })

  it('entity tags make the condition of a write: If-Match strongly, If-None-Match weakly', () => {
    assert.equal(writeCondition({}), undefined)
    assert.deepEqual(writeCondition({ 'if-match': '*' }), { match: '*' })
    assert.deepEqual(writeCondition({ 'if-none-match': '*' }), { noneMatch: '*' })
    assert.deepEqual(writeCondition({ 'if-match': `"a", "${digest}"` }), { match: ['a', digest] })
    assert.deepEqual(writeCondition({ 'if-match': `W/"${digest}"` }), { match: [] })
    assert.deepEqual(writeCondition({ 'if-none-match': `W/"${digest}"` }), { noneMatch: [digest] })
    assert.deepEqual(writeCondition({ 'if-match': '"a"', 'if-none-match': '"b"' }), {
      match: ['a'],
      noneMatch: ['b'],
    })
  })
})

describe('headers of content', () => {
  it('headers of content are its type, length, digest and entity tag', () => {
    assert.deepEqual(manifestHeaders({ digest, mediaType: 'a/b', size: 5, pushedAt: 0 }), {
      'Content-Type': 'a/b',
      'Content-Length': '5',
      'Docker-Content-Digest': digest,
      ETag: `"${digest}"`,
    })
    assert.deepEqual(blobHeaders({ digest, key: 'k', size: 0 }), {
      'Content-Type': 'application/octet-stream',
      'Content-Length': '0',
      'Docker-Content-Digest': digest,
      ETag: `"${digest}"`,
      'Accept-Ranges': 'bytes',
    })
  })
})
