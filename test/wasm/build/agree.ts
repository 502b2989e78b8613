import assert from 'node:assert/strict'
import type { WasmFacts } from '../../../src/wasm/read/facts.ts'
import { askV8 } from './v8.ts'

/** Fails unless V8 takes the module and sees in it what the reader saw. */
export function assertAgreesWithV8(file: Uint8Array, facts: WasmFacts): void {
  const v8 = askV8(file)
  assert.equal(facts.kind, 'core-module')
  assert.equal(facts.damage, undefined)
  assert.deepEqual([facts.partlyRead.items, facts.oddities.items], [[], []])
  assert.equal(facts.imports.total, v8.imports.length)
  assert.equal(facts.exports.total, v8.exports.length)
  assert.deepEqual(
    facts.imports.items.map(({ module, name, kind }) => ({ module, name, kind })),
    v8.imports.slice(0, facts.imports.items.length),
  )
  assert.deepEqual(
    facts.exports.items.map(({ name, kind }) => ({ name, kind })),
    v8.exports.slice(0, facts.exports.items.length),
  )
  const custom = facts.sections.items.filter(({ id }) => id === 0)
  for (const name of new Set(custom.map((section) => section.name))) {
    const nameBytes = Buffer.byteLength(name)
    const lengthBytes = nameBytes < 128 ? 1 : 2
    assert.deepEqual(
      custom.filter((section) => section.name === name).map(({ size }) => size),
      v8.customSections(name).map((size) => size + nameBytes + lengthBytes),
      name,
    )
  }
}
