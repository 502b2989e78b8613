import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { WasmReader } from '../../../src/wasm/read/wasm-reader.ts'
import { bytes, component, custom, leb, name, producers, section } from '../build/bytes.ts'
import { coreModule, proxyModule } from '../build/core-module.ts'
import { read } from '../build/read.ts'

const module = proxyModule({
  imports: [['env', 'proxy_log', '(i32,i32,i32)->i32']],
  more: [custom('name', 0, leb(4), name('mod')), producers(['language', 'Rust', '1.95.0'])],
})
const FILES: Readonly<Record<string, Uint8Array>> = {
  module,
  component: component(section(1, module), section(4, component(section(1, coreModule())))),
  'of wit-component': readFileSync(
    join(import.meta.dirname, '..', 'fixtures', 'calculator.component.wasm'),
  ),
  cut: module.subarray(0, -2),
  'with zeros after it': bytes(module, new Uint8Array(99)),
  'with long names': coreModule({ imports: [['ü'.repeat(300), 'x'.repeat(600), '()->()']] }),
  text: bytes('hello\n'),
}

describe('reading in pieces', () => {
  for (const [title, file] of Object.entries(FILES)) {
    it(`reading in pieces gives the same facts: ${title}`, () => {
      const whole = read(file)
      for (const piece of [1, 2, 3, 7, 512]) assert.deepEqual(read(file, piece), whole)
      const cuts = fc.array(fc.nat(file.length), { maxLength: 20 })
      fc.assert(
        fc.property(cuts, (places) => {
          const reader = new WasmReader()
          let before = 0
          for (const place of places.toSorted((one, other) => one - other)) {
            reader.update(file.subarray(before, place))
            before = place
          }
          reader.update(file.subarray(before))
          assert.deepEqual(reader.finish(), whole)
        }),
      )
    })
  }

  it('reading in pieces keeps nothing of the pieces', () => {
    const whole = read(module)
    const buffer = new Uint8Array(16)
    const reader = new WasmReader()
    for (let at = 0; at < module.length; at += buffer.length) {
      const piece = module.subarray(at, at + buffer.length)
      buffer.fill(0xff)
      buffer.set(piece)
      reader.update(buffer.subarray(0, piece.length))
    }
    assert.deepEqual(reader.finish(), whole)
  })
})
