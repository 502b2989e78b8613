import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { FAILURES } from '../src/oci/errors.ts'
import { readSources } from './architecture/source.ts'

const root = join(import.meta.dirname, '..')
const NAMES = Object.keys(FAILURES)

/** distribution-spec v1.1, "Error Codes". */
const SPEC_CODES = new Set([
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'UNAUTHORIZED',
  'DENIED',
  'UNSUPPORTED',
  'TOOMANYREQUESTS',
])

/** A heading, status and code, what it means, what to do about it. */
const SECTION =
  /^## (?<name>[A-Z_]+)\n\n(?<status>\d{3}) `(?<code>[A-Z]+(?:_[A-Z]+)*)`\n\n(?<meaning>[^#]+?)\n\n\*\*What to do:\*\* (?<advice>[^#]+?)\n$/gm

describe('the failures', () => {
  it('are documented: name, status and code of each, what it means and what to do', () => {
    const text = readFileSync(join(root, 'docs/errors.md'), 'utf8')
    const documented = [...text.matchAll(SECTION)].map(({ groups }) => groups!)
    assert.deepEqual(
      documented.map(({ name, status, code }) => [name, Number(status), code]),
      Object.entries(FAILURES).map(([name, [status, code]]) => [name, status, code]),
    )
    for (const { name, meaning, advice } of documented)
      assert.ok(meaning!.length > 5 && advice!.length > 5, name)
    assert.equal([...text.matchAll(/^## [A-Z_]+$/gm)].length, documented.length)
  })

  it('are each thrown somewhere', () => {
    const product = readSources(root).filter(
      ({ path }) => /^(src|storage)\//.test(path) && path !== 'src/oci/errors.ts',
    )
    const unused = NAMES.filter((name) => !product.some(({ code }) => code.includes(`'${name}'`)))
    assert.deepEqual(unused, [])
  })

  it('have codes of the specification, and a status that fits', () => {
    for (const [name, [status, code, message]] of Object.entries(FAILURES)) {
      assert.ok(SPEC_CODES.has(code), `${name}: ${code}`)
      assert.ok(status >= 400 && status < 600, name)
      assert.ok(message.length > 0, name)
      assert.ok(!SPEC_CODES.has(name) || name === code, `${name} has the code ${code}`)
    }
    for (const code of SPEC_CODES)
      assert.ok(
        Object.values(FAILURES).some((failure) => failure[1] === code),
        code,
      )
  })
})
