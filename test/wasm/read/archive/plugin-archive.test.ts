import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'node:test'
import {
  type ArchiveFacts,
  PluginArchive,
  UNPACKED_BYTES,
} from '../../../../src/wasm/read/archive/plugin-archive.ts'
import { bytes } from '../../build/bytes.ts'
import { proxyModule } from '../../build/core-module.ts'
import { read } from '../../build/read.ts'
import { type Entry, longName, pax, tar, tarEntry } from '../../build/tar.ts'

const module = proxyModule()
const plugin = { name: 'plugin.wasm', data: module }
const filler = { name: 'README.md', data: 'x'.repeat(1000) }

function walk(archive: Uint8Array, piece = archive.length, failure?: string): ArchiveFacts {
  const walking = new PluginArchive()
  for (let at = 0; at < archive.length && !walking.done; at += piece) {
    walking.update(archive.subarray(at, at + piece))
  }
  return walking.finish(failure)
}

function assertFound(archive: Uint8Array, path = 'plugin.wasm', data: Uint8Array = module): void {
  const facts = walk(archive)
  assert.equal(facts.outcome, 'found', facts.detail)
  assert.equal(facts.plugin?.path, path)
  assert.deepEqual(facts.plugin.facts, read(data))
}

function assertOutcome(
  archive: Uint8Array,
  outcome: ArchiveFacts['outcome'],
  detail?: string,
): void {
  const facts = walk(archive)
  assert.deepEqual([facts.outcome, facts.detail], [outcome, detail])
  assert.equal(facts.plugin, undefined)
}

describe('plugin.wasm in an archive', () => {
  it('plugin.wasm in an archive is the first entry of that base name, in any folder', () => {
    assertFound(tar(plugin))
    assertFound(tar(filler, { ...plugin, name: './plugin.wasm' }), './plugin.wasm')
    assertFound(tar({ ...plugin, name: '/opt/x/plugin.wasm' }), '/opt/x/plugin.wasm')
    assertFound(tar(plugin, { name: 'a/plugin.wasm', data: 'other' }))
    const other = bytes('other')
    assertFound(tar({ name: 'a/plugin.wasm', data: other }, plugin), 'a/plugin.wasm', other)
  })

  it('plugin.wasm in an archive is not what only sounds like it', () => {
    for (const name of ['filter.wasm', 'plugin.wasm.bak', 'my-plugin.wasm', 'Plugin.wasm', '']) {
      assertOutcome(tar({ ...plugin, name }), 'missing')
    }
    assertOutcome(tar({ ...plugin, name: 'plugin.wasm/x' }), 'missing')
    assertOutcome(tar({ name: '.wh.plugin.wasm' }), 'missing')
    assertOutcome(tar(), 'missing')
    assertOutcome(bytes(), 'missing')
  })

  it('plugin.wasm in an archive is an empty file if it is no file', () => {
    const none = bytes()
    assertFound(tar({ name: 'plugin.wasm/', type: '5' }, plugin), 'plugin.wasm/', none)
    for (const type of ['1', '2', '3', '4', '5', '6']) {
      assertFound(tar({ name: 'plugin.wasm', type }, plugin), 'plugin.wasm', none)
    }
    assertFound(tar({ name: 'a/plugin.wasm//', type: '\0' }), 'a/plugin.wasm//', none)
  })

  it('plugin.wasm in an archive is a file of any type that has contents', () => {
    for (const type of ['0', '\0', '7', 'Z']) assertFound(tar({ ...plugin, type }))
  })

  it('plugin.wasm in an archive is found behind entries with and without contents', () => {
    const folder: Entry = { name: 'a/', type: '5' }
    const link: Entry = { name: 'b', type: '2', size: 5000 }
    assertFound(tar(folder, filler, link, filler, plugin))
    assertFound(tar(...Array.from({ length: 10_000 }, () => folder), plugin))
  })

  it('plugin.wasm in an archive may have a long name, or its name in two parts', () => {
    const folder = 'a-long-folder-name/'.repeat(20)
    const path = `${folder}plugin.wasm`
    assertFound(tar(longName(path), { ...plugin, name: 'cut' }), path.slice(-255))
    assertFound(tar(pax('path', path), { ...plugin, name: 'cut' }), path.slice(-255))
    assertFound(tar({ ...plugin, prefix: 'some/folder' }), 'some/folder/plugin.wasm')
    assertFound(tar({ ...plugin, name: '', prefix: 'plugin.wasm' }), 'plugin.wasm/')
    assertFound(tar({ ...plugin, prefix: 'times', magic: 'ustar  \0' }))
    assertFound(tar({ ...plugin, prefix: 'junk', magic: '' }))
    assertOutcome(tar(pax('path', 'other'), plugin), 'missing')
    assertFound(tar(pax('path', ''), pax('mtime', '1.5'), plugin))
    assertOutcome(tar(pax('size', 'x')), 'missing')
    assertFound(tar(longName(''), plugin))
    assertFound(
      tar(tarEntry({ name: 'plugin.wasm', type: 'g', data: '9 a=bcde\n' })),
      'plugin.wasm',
      bytes(),
    )
    assertFound(tar(longName('plugin.wasm'), pax('path', 'x'), { ...plugin, name: 'y' }))
    assertFound(tar(tarEntry({ name: 'l', type: 'K', data: 'target\0' }), plugin))
    assertFound(tar(tarEntry({ name: 'g', type: 'g', data: '9 a=bcde\n' }), plugin))
  })

  it('plugin.wasm in an archive has the size of its extended header, or one in base 256', () => {
    const padded = bytes(module, 'more')
    assertFound(tar(pax('size', String(module.length)), { ...plugin, data: padded }))
    const size = [0x80, new Uint8Array(9), module.length >> 8, module.length & 0xff]
    assertFound(tar({ ...plugin, size }))
  })

  it('plugin.wasm in an archive is read to its end, and the rest of the archive is not', () => {
    const archive = tar(plugin, filler)
    const walking = new PluginArchive()
    walking.update(archive.subarray(0, 512 + module.length - 1))
    assert.equal(walking.done, false)
    walking.update(archive.subarray(512 + module.length - 1, 512 + module.length))
    assert.equal(walking.done, true)
    walking.update(bytes('garbage'))
    assert.equal(walking.finish('flate: corrupt input').outcome, 'found')
    assertFound(archive.subarray(0, 512 + module.length))
  })
})

describe('an archive', () => {
  it('an archive cannot be read where Go cannot', () => {
    const invalid = 'archive/tar: invalid tar header'
    const archive = tar(filler, plugin)
    assertOutcome(archive.subarray(0, 512 + 999), 'unreadable', 'unexpected EOF')
    assertOutcome(archive.subarray(0, 1536 + 100), 'unreadable', 'unexpected EOF')
    const cut = 'failed to read plugin.wasm: unexpected EOF'
    assertOutcome(archive.subarray(0, 1536 + 512 + 10), 'unreadable', cut)
    assertOutcome(archive.subarray(0, 1536 + 512), 'unreadable', cut)
    const stated = tar({ name: 'plugin.wasm', type: '5', size: 99 })
    assertOutcome(stated, 'unreadable', 'failed to read plugin.wasm: EOF')
    assertOutcome(tar(tarEntry({ name: 'g', type: 'g', data: 'x' }), plugin), 'unreadable', invalid)
    assertOutcome(tar(pax('mtime', '1.x'), plugin), 'unreadable', invalid)
    assertOutcome(
      tar(tarEntry({ name: 'x', type: 'x', data: '4 a\n' }), plugin),
      'unreadable',
      invalid,
    )
    assertOutcome(bytes('garbage'.repeat(100)), 'unreadable', invalid)
    assertOutcome(archive.with(3, 0x21), 'unreadable', invalid)
    assertOutcome(tar({ ...plugin, size: 'oops' }), 'unreadable', invalid)
    assertOutcome(tar({ ...plugin, size: new Uint8Array(12).fill(0xff) }), 'unreadable', invalid)
    assertOutcome(bytes(new Uint8Array(512), archive), 'unreadable', invalid)
    assertOutcome(tar(pax('size', 'x'), plugin), 'unreadable', invalid)
    const record = tarEntry({ name: 'x', type: 'x', data: '99 a=b\n' })
    assertOutcome(tar(record, plugin), 'unreadable', invalid)
  })

  it('an archive may end early: after an entry, inside padding, after one empty block', () => {
    assertOutcome(tar(filler).subarray(0, 1536), 'missing')
    assertOutcome(tar(filler).subarray(0, 512 + 1000), 'missing')
    assertOutcome(tar(filler).subarray(0, 1536 + 512), 'missing')
  })

  it('an archive has unknown verdicts where it uses unsupported features', () => {
    assertOutcome(tar({ name: 'x', type: 'S' }, plugin), 'not-understood', 'a sparse file')
    const sparse = pax('GNU.sparse.name', 'plugin.wasm')
    assertOutcome(tar(sparse, { name: 'x' }), 'not-understood', 'a sparse file')
    const long = longName(`${'a'.repeat(70_000)}/plugin.wasm`)
    assertOutcome(tar(long, plugin), 'not-understood', 'a name beyond the bound')
    const entry = tarEntry({ name: 'x', type: '5' })
    const bomb = Buffer.alloc(100_001 * 512, entry)
    assertOutcome(bomb, 'not-understood', 'too many entries')
  })

  it('an archive ends after 256 MiB, as its pullers see it', () => {
    const walking = new PluginArchive()
    walking.update(tarEntry({ name: 'filler', size: 2 ** 30 }).subarray(0, 512))
    const chunk = new Uint8Array(1 << 20)
    for (let given = 0; given < UNPACKED_BYTES + 2 * chunk.length && !walking.done;) {
      walking.update(chunk)
      given += chunk.length
    }
    const facts = walking.finish()
    assert.deepEqual([facts.outcome, facts.detail], ['unreadable', 'unexpected EOF'])
    assert.equal(facts.unpacked, UNPACKED_BYTES)
  })

  it('an archive that cannot be unpacked is reported with the error of the decompressor', () => {
    const facts = walk(tar(filler, plugin).subarray(0, 700), 64, 'gzip: invalid checksum')
    assert.deepEqual([facts.outcome, facts.detail], ['unreadable', 'gzip: invalid checksum'])
  })

  it('an archive tells which other Wasm files it has', () => {
    const facts = walk(tar({ name: 'filter.wasm', data: module }, filler, { name: 'b.wasm/c' }))
    assert.deepEqual(facts.others, { total: 1, items: ['filter.wasm'] })
    assert.equal(facts.entries, 3)
  })

  it('an archive gives the same facts in pieces of any size, and never throws', () => {
    const archive = tar(filler, longName('a/plugin.wasm'), { ...plugin, name: 'cut' })
    const whole = walk(archive)
    for (const piece of [1, 7, 511, 513]) assert.deepEqual(walk(archive, piece), whole)
    const cases = fc.record({
      at: fc.nat(archive.length - 1),
      byte: fc.nat(255),
      end: fc.nat(archive.length),
      piece: fc.integer({ min: 1, max: 1000 }),
    })
    fc.assert(
      fc.property(cases, ({ at, byte, end, piece }) => {
        const changed = archive.with(at, byte).subarray(0, end)
        assert.deepEqual(walk(changed, piece), walk(changed))
      }),
    )
  })

  it('an archive with hostile names is read quickly', () => {
    const before = performance.now()
    assertOutcome(tar(longName(`${'/'.repeat(60_000)}x`), filler), 'missing')
    assert.ok(performance.now() - before < 1000)
  })
})
