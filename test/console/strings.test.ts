import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { en } from '../../console/language/en.ts'
import { zh } from '../../console/language/zh.ts'

/** Every text by its path. */
function textsOf(value: object, above = ''): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]): [string, string][] => {
      const path = `${above}${key}`
      return typeof inner === 'string' ? [[path, inner]] : [...textsOf(inner as object, `${path}.`)]
    }),
  )
}

const english = textsOf(en)
const chinese = textsOf(zh)
const placeholders = (text: string) =>
  [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).toSorted()

/** Names of products, which are nobody's to translate. */
const NAMES =
  /^(?:other|product)$|sentencePlain$|^deploy\.kinds\.|^module\.(?:wasi|abi)$|^conventions\.(?:wasm-to-oci|wkg)|contentKinds\.(?:wasm|json)$/

describe('what the console says', () => {
  // That no rule, convention or kind is left out is checked by the compiler:
  // console/language/strings.ts.
  it('what the console says is there in both languages', () => {
    assert.deepEqual([...chinese.keys()].toSorted(), [...english.keys()].toSorted())
    for (const [path, text] of [...english, ...chinese]) assert.notEqual(text.trim(), '', path)
  })

  it('what the console says is filled in with the same values', () => {
    for (const [path, text] of english)
      assert.deepEqual(placeholders(chinese.get(path) ?? ''), placeholders(text), path)
  })

  it('what the console says is Chinese where it should be, and nowhere else', () => {
    for (const [path, text] of chinese)
      if (!NAMES.test(path)) assert.match(text, /\p{Script=Han}/u, path)
    for (const [path, text] of english)
      if (path !== 'other') assert.doesNotMatch(text, /\p{Script=Han}/u, path)
  })
})
