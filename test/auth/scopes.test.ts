import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseScopes, toClaim, formatScope } from '../../src/auth/scopes.ts'
import { isRepositoryName } from '../../src/oci/name.ts'

const read = (...parameters: string[]) => parseScopes(parameters).map(formatScope)

describe('the scopes of a token request', () => {
  it('are repositories with actions, and the catalog', () => {
    assert.deepEqual(read('repository:a/b:pull'), ['repository:a/b:pull'])
    assert.deepEqual(read('repository:a/b:push,pull,delete'), ['repository:a/b:pull,push,delete'])
    assert.deepEqual(read('repository:a/b:*'), ['repository:a/b:pull,push,delete'])
    assert.deepEqual(read('registry:catalog:*'), ['registry:catalog:*'])
    assert.deepEqual(read('registry:wasmoor:*'), ['registry:wasmoor:*'])
  })

  it('can be in several parameters, several in one, and repeated', () => {
    assert.deepEqual(
      read('repository:a:pull repository:b:pull', 'repository:a:pull,push', 'registry:catalog:*'),
      ['repository:a:pull,push', 'repository:b:pull', 'registry:catalog:*'],
    )
    assert.deepEqual(read('  repository:a:pull   '), ['repository:a:pull'])
    assert.deepEqual(read(), [])
    assert.deepEqual(read('', ' '), [])
  })

  it('can have a class, which is ignored', () => {
    assert.deepEqual(read('repository(plugin):a:pull'), ['repository:a:pull'])
    assert.deepEqual(read('registry(x):catalog:*'), ['registry:catalog:*'])
  })

  it('keep only known actions', () => {
    assert.deepEqual(read('repository:a:pull,admin,PULL,toString,'), ['repository:a:pull'])
    assert.deepEqual(read('repository:a:metadata'), ['repository:a:'])
  })

  it('are ignored if they are unknown or malformed', () => {
    const wrong = [
      'repository',
      'repository:',
      'repository:a',
      'repository::pull',
      ':a:pull',
      'repository:A:pull',
      'repository:../a:pull',
      'repository:a/:pull',
      'repository:localhost:5000/a:pull',
      `repository:${'a'.repeat(256)}:pull`,
      'repository(plugin:a:pull',
      'Repository:a:pull',
      'registry:other:*',
      'registry:catalog',
      'image:a:pull',
      '__proto__:a:pull',
      '"',
      'repository:a"b:pull',
    ]
    assert.deepEqual(read(...wrong), [])
    assert.deepEqual(read(`${wrong.join(' ')} repository:a:pull`), ['repository:a:pull'])
  })

  it('are limited to two hundred', () => {
    const many = Array.from({ length: 5000 }, (_, at) => `repository:r${at}:pull`)
    assert.equal(read(many.join(' ')).length, 200)
    assert.equal(read(...many).length, 200)
  })

  it('never contain characters that break out of a header', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('repository', 'registry', 'catalog', ':', ',', ' ', 'a', 'pull', '*', '(x)'),
    )
    fc.assert(
      fc.property(fc.array(fc.array(piece).map((pieces) => pieces.join(''))), (parameters) => {
        for (const scope of parseScopes(parameters)) {
          assert.match(formatScope(scope), /^[a-z0-9._:/,*-]+$/)
          if (scope.type === 'repository') assert.ok(isRepositoryName(scope.name))
          assert.deepEqual(parseScopes([formatScope(scope)]), [scope])
        }
      }),
    )
  })

  it('are written as the access claim of other registries', () => {
    const [repository, catalog] = parseScopes(['repository:a/b:pull,push', 'registry:catalog:*'])
    assert.deepEqual(toClaim(repository!), {
      type: 'repository',
      name: 'a/b',
      actions: ['pull', 'push'],
    })
    assert.deepEqual(toClaim(catalog!), { type: 'registry', name: 'catalog', actions: ['*'] })
  })
})
