import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytes, component, core, CORE, custom, leb, list, section } from '../build/bytes.ts'
import { coreModule, proxyModule } from '../build/core-module.ts'
import { read, readWasm } from '../build/read.ts'

const module = proxyModule({ imports: [['env', 'proxy_log', '(i32,i32,i32)->i32']] })
const damageOf = (file: Uint8Array) => readWasm(file).damage

describe('damage', () => {
  it('no damage is reported in whole files', () => {
    for (const file of [CORE, module, component(), component(section(1, module))]) {
      assert.equal(damageOf(file), undefined)
    }
  })

  it('no damage is reported where a file ends between two sections: only a digest can tell', () => {
    const { items } = readWasm(module).sections
    for (const { offset, size } of items) {
      assert.equal(damageOf(module.subarray(0, offset + size)), undefined)
    }
  })

  it('damage is reported for every other end of a file', () => {
    const ends = new Set(readWasm(module).sections.items.map(({ offset, size }) => offset + size))
    for (let end = 4; end < module.length; end++) {
      const damage = damageOf(module.subarray(0, end))
      assert.equal(damage === undefined, ends.has(end) || end === 8, `cut at ${end}`)
    }
  })

  it('damage says what a cut file lacks', () => {
    assert.deepEqual(damageOf(module.subarray(0, -3)), {
      rule: 'cut-short',
      offset: readWasm(module).sections.items.at(-1)?.offset,
      missing: 3,
      section: 'code',
    })
    assert.deepEqual(damageOf(module.subarray(0, 6)), {
      rule: 'cut-short',
      offset: 6,
      section: 'header',
    })
    const nested = component(section(1, module))
    assert.equal(damageOf(nested.subarray(0, -3))?.section, 'core module')
    // Inside the header of a section of the module inside.
    const inHeader = readWasm(nested.subarray(0, nested.length - module.length + 9))
    assert.equal(inHeader.damage?.section, 'core module')
    assert.equal(inHeader.partlyRead.total, 0)
  })

  it('damage is a version that does not exist', () => {
    for (const [version, layer] of [
      [2, 0],
      [0, 0],
      [0x0d, 0],
      [1, 2],
      [0x09, 1],
    ] as const) {
      const file = bytes('\0asm', version, 0, layer, 0, section(1, list()))
      assert.deepEqual(damageOf(file), { rule: 'unknown-version', offset: 4 })
      assert.equal(readWasm(file).kind, 'unknown')
    }
  })

  it('damage is bytes after the end', () => {
    const { length } = module
    const trailing = { rule: 'trailing-bytes', offset: length }
    assert.deepEqual(damageOf(bytes(module, 0)), trailing)
    assert.deepEqual(damageOf(bytes(module, 0, 0)), trailing)
    assert.deepEqual(damageOf(bytes(module, new Uint8Array(4096))), trailing)
    assert.deepEqual(damageOf(bytes(module, new Uint8Array(4097))), trailing)
    assert.deepEqual(damageOf(bytes(module, 0xff, leb(2 ** 40))), trailing)
    assert.deepEqual(damageOf(bytes(module, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0)), trailing)
    assert.deepEqual(damageOf(bytes(module, 1, 0xff, 0xff, 0xff, 0xff, 0x1f)), trailing)
    assert.deepEqual(damageOf(bytes(module, 10)), trailing)
  })

  it('damage is a second file after the first', () => {
    const { length } = module
    for (const second of [module, component(), component(custom('x'.repeat(200)))]) {
      assert.deepEqual(damageOf(bytes(module, second)), { rule: 'trailing-bytes', offset: length })
    }
  })

  it('damage is not a section that only looks like either', () => {
    const zeros = core(section(0), section(0), custom('a'))
    assert.equal(damageOf(zeros), undefined)
    assert.equal(readWasm(zeros).partlyRead.items[0]?.part, 'custom')
    // 97 bytes of contents, as the magic of a second file reads, and a name of 115.
    assert.equal(damageOf(core(section(0, 's', new Uint8Array(96)))), undefined)
    assert.equal(damageOf(core(section(0, 's', 'x'.repeat(96)))), undefined)
    assert.equal(damageOf(core(custom('m', new Uint8Array(95)))), undefined)
  })

  it('damage is nothing inside a section, no order and no kind of sections', () => {
    const files = [
      core(section(7, 'nonsense'), section(1, 'nonsense'), section(1), section(200, 'x')),
      core(section(0, leb(1000))),
      component(section(1, module.subarray(0, -3))),
      component(section(4, bytes(component(), 0))),
      component(section(1, bytes(CORE, 9))),
      coreModule({ more: [custom('linking')] }),
      bytes('\0asm', 0x0c, 0, 1, 0, 0xff),
    ]
    for (const file of files) assert.equal(damageOf(file), undefined)
  })

  it('damage is none for numbers that are longer than they need be', () => {
    assert.equal(damageOf(bytes(CORE, 1, leb(1, 5), 0, 2, leb(5, 3), leb(0, 5))), undefined)
  })

  it('damage belongs to files that begin like Wasm', () => {
    assert.equal(read(bytes('{}')).wasm, undefined)
    assert.equal(read(bytes('\0as')).wasm, undefined)
  })
})
