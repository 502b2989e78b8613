import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readScopes, toClaim, writeScope } from '../../src/auth/scopes.ts'
import { isRepositoryName } from '../../src/oci/name.ts'

const read = (...parameters: string[]) => readScopes(parameters).map(writeScope)

describe('the scopes of a token request', () => {
  it('are repositories with actions, and the catalog', () => {
    assert.deepEqual(read('repository:a/b:pull'), ['repository:a/b:pull'])
    assert.deepEqual(read('repository:a/b:push,pull,delete'), ['repository:a/b:pull,push,delete'])
    assert.deepEqual(read('repository:a/b:*'), ['repository:a/b:pull,push,delete'])
    assert.deepEqual(read('registry:catalog:*'), ['registry:catalog:*'])
    assert.deepEqual(read('registry:wasmoor:*'), ['registry:wasmoor:*'])
  })

  it('may come in several parameters, several in one, and more than once', () => {
    assert.deepEqual(
      read('repository:a:pull repository:b:pull', 'repository:a:pull,push', 'registry:catalog:*'),
      ['repository:a:pull,push', 'repository:b:pull', 'registry:catalog:*'],
    )
    assert.deepEqual(read('  repository:a:pull   '), ['repository:a:pull'])
    assert.deepEqual(read(), [])
    assert.deepEqual(read('', ' '), [])
  })

  it('may have a class, which means nothing', () => {
    assert.deepEqual(read('repository(plugin):a:pull'), ['repository:a:pull'])
    assert.deepEqual(read('registry(x):catalog:*'), ['registry:catalog:*'])
  })

  it('keep what is known of their actions', () => {
    assert.deepEqual(read('repository:a:pull,admin,PULL,toString,'), ['repository:a:pull'])
    assert.deepEqual(read('repository:a:metadata'), ['repository:a:'])
  })

  it('are left out where they are not understood', () => {
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

  it('are at most some hundred, however many are sent', () => {
    const many = Array.from({ length: 5000 }, (_, at) => `repository:r${at}:pull`)
    assert.equal(read(many.join(' ')).length, 200)
    assert.equal(read(...many).length, 200)
  })

  it('are harmless whatever is sent: nothing that breaks out of a header', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('repository', 'registry', 'catalog', ':', ',', ' ', 'a', 'pull', '*', '(x)'),
    )
    fc.assert(
      fc.property(fc.array(fc.array(piece).map((pieces) => pieces.join(''))), (parameters) => {
        for (const scope of readScopes(parameters)) {
          assert.match(writeScope(scope), /^[a-z0-9._:/,*-]+$/)
          if (scope.type === 'repository') assert.ok(isRepositoryName(scope.name))
          assert.deepEqual(readScopes([writeScope(scope)]), [scope])
        }
      }),
    )
  })

  it('become the access claim as other registries write it', () => {
    const [repository, catalog] = readScopes(['repository:a/b:pull,push', 'registry:catalog:*'])
    assert.deepEqual(toClaim(repository!), {
      type: 'repository',
      name: 'a/b',
      actions: ['pull', 'push'],
    })
    assert.deepEqual(toClaim(catalog!), { type: 'registry', name: 'catalog', actions: ['*'] })
  })
})
