import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { API, placePath, queryOf, readPlace } from '../../console/api/paths.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

describe('addresses of the console', () => {
  it('addresses of the console are written as references are, and read as they were written', () => {
    const places = {
      '/ui/asm/filter': { repository: 'asm/filter' },
      '/ui/asm/filter:v0.1': { repository: 'asm/filter', reference: 'v0.1' },
      [`/ui/a@${DIGEST}`]: { repository: 'a', reference: DIGEST },
    }
    for (const [path, place] of Object.entries(places)) {
      assert.equal(placePath(place), path)
      assert.deepEqual(readPlace(path), place)
    }
    assert.deepEqual(readPlace(`/ui/a@${DIGEST.replace(':', '%3A')}`), {
      repository: 'a',
      reference: DIGEST,
    })
    for (const home of ['/', '/ui', '/ui/']) assert.equal(readPlace(home), undefined)
  })

  it('addresses of the console have no more in their query than was given, escaped', () => {
    assert.equal(queryOf({}), '')
    assert.equal(queryOf({ a: undefined, b: '' }), '')
    assert.equal(queryOf({ prefix: 'a/b&c', n: '1' }), '?prefix=a%2Fb%26c&n=1')
    assert.equal(API.tags('a/b', { by: 'name' }), '/v2/a/b/_wasmoor/tags?by=name')
  })
})
