import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isRepositoryName, isTag } from '../../src/oci/name.ts'

const isAlphanumeric = (c: string) => (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')

/**
 * distribution-spec, `<name>`, read character by character: runs of letters and digits with one
 * separator between two.
 */
function isNameByTheBook(text: string): boolean {
  return text.length <= 255 && text.split('/').every(isPathPart)
}

function isPathPart(part: string): boolean {
  const characters = part.split('')
  if (!isAlphanumeric(characters[0] ?? '') || !isAlphanumeric(characters.at(-1) ?? '')) return false
  let separator = ''
  for (const character of characters) {
    if (isAlphanumeric(character)) separator = ''
    else {
      separator += character
      if (!['.', '_', '__'].includes(separator) && separator !== '-'.repeat(separator.length))
        return false
    }
  }
  return true
}

function isTagByTheBook(text: string): boolean {
  const isWord = (c: string) => isAlphanumeric(c.toLowerCase()) || c === '_'
  const characters = text.split('')
  return (
    text.length >= 1 &&
    text.length <= 128 &&
    isWord(characters[0]!) &&
    characters.every((c) => isWord(c) || c === '.' || c === '-')
  )
}

const alphabet = fc.constantFrom(...'aaz09._-/'.split(''), 'A', ' ', '%', '\0', '\n', 'é', '~')

describe('repository names', () => {
  it('repository names have the grammar of the distribution-spec', () => {
    const nearlyNames = fc.string({ unit: alphabet, maxLength: 12 })
    const mostlyNames = fc.string({ unit: fc.constantFrom(...'ab._-/'.split('')), maxLength: 9 })
    fc.assert(
      fc.property(fc.oneof(nearlyNames, mostlyNames, fc.string()), (text) => {
        assert.equal(isRepositoryName(text), isNameByTheBook(text), text)
      }),
      { numRuns: 5000 },
    )
  })

  it('repository names may be words of the API itself', () => {
    for (const name of ['a', '0', 'library/nginx', 'blobs/uploads', 'a/manifests/b', 'tags/list'])
      assert.ok(isRepositoryName(name), name)
    for (const name of ['a.b_c__d-e--f---g', 'a--b', 'a/b/c/d/e/f/g/h/i/j'])
      assert.ok(isRepositoryName(name), name)
  })

  it('repository names are nothing that a path or a list could read otherwise', () => {
    const bad = [
      '',
      '/',
      'a/',
      '/a',
      'a//b',
      '.',
      '..',
      '../a',
      'a/..',
      'a/../b',
      'a/./b',
      '.a',
      'a.',
    ]
    const alsoBad = [
      '_catalog',
      '_oci',
      '-a',
      'a-',
      'a___b',
      'a..b',
      'a._b',
      'a-.b',
      'A',
      'a b',
      'é',
    ]
    const hostile = ['a\n', 'a\0', 'a%2fb', 'a\\b', 'a!b', 'a"b', 'a:b', 'a@b', 'a?b', 'a#b', 'ａ']
    for (const name of [...bad, ...alsoBad, ...hostile]) assert.ok(!isRepositoryName(name), name)
  })

  it('repository names have at most 255 characters', () => {
    assert.ok(isRepositoryName('a'.repeat(255)))
    assert.ok(!isRepositoryName('a'.repeat(256)))
  })

  it('repository names are told from others in no time, however they are made', () => {
    for (const part of ['a-', 'a_', 'a.', 'a/', '-', 'a'])
      assert.ok(!isRepositoryName(`${part.repeat(100_000)}!`))
  })
})

describe('tags', () => {
  it('tags have the grammar of the distribution-spec', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: alphabet, maxLength: 6 }), fc.string({ maxLength: 140 })),
        (text) => assert.equal(isTag(text), isTagByTheBook(text), text),
      ),
      { numRuns: 5000 },
    )
  })

  it('tags have 1 to 128 characters', () => {
    assert.ok(isTag('a'))
    assert.ok(isTag(`_${'.'.repeat(127)}`))
    assert.ok(!isTag('a'.repeat(129)))
    assert.ok(!isTag(''))
  })

  it('tags are nothing else', () => {
    for (const tag of ['latest', 'v1.0', '_', '0', 'A-Z', '1.0.0_build-7', 'sha256-abc.sig'])
      assert.ok(isTag(tag), tag)
    for (const tag of [
      '.',
      '..',
      '-',
      '.a',
      '-a',
      'a/b',
      'a:b',
      'a+b',
      'a b',
      'é',
      'a\n',
      'a!',
      'a\0',
    ])
      assert.ok(!isTag(tag), tag)
  })
})
