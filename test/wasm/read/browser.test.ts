import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readSources, target } from '../../architecture/source.ts'

const sources = new Map(
  readSources(join(import.meta.dirname, '..', '..', '..')).map((source) => [source.path, source]),
)

/** The imports of a file, their imports, and so on, including packages. */
function importsOf(path: string, found = new Set<string>()): Set<string> {
  const source = sources.get(path)
  assert.ok(source, path)
  for (const [, specifier = ''] of source.code.matchAll(/^(?:.*\bfrom|import) '([^']+)'$/gm)) {
    const next = target(source, specifier) ?? specifier
    if (found.has(next)) continue
    found.add(next)
    if (sources.has(next)) importsOf(next, found)
  }
  return found
}

describe('the reader', () => {
  it('the reader imports nothing but itself, so that a browser can use it', () => {
    for (const path of [
      'src/wasm/read/wasm-reader.ts',
      'src/wasm/read/archive/plugin-archive.ts',
    ]) {
      const imports = [...importsOf(path)]
      assert.ok(imports.length > 10)
      for (const one of imports) assert.match(one, /^src\/wasm\/read\//)
      const texts = imports.map((one) => sources.get(one)!.code).join('\n')
      assert.doesNotMatch(texts, /\b(Buffer|process|require|globalThis|setImmediate|import\()\b/)
    }
  })
})
