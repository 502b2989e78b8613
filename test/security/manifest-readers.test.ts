import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RegistryError } from '../../src/oci/errors.ts'
import { readManifest } from '../../src/oci/manifest.ts'
import { OCI_IMAGE_MANIFEST } from '../../src/oci/media-types.ts'
import { descriptor, image, IMAGE, INDEX } from '../support/manifest-texts.ts'

const layer = descriptor('layer')
const evil = descriptor('evil')

function refusal(text: string, type?: string): string {
  try {
    readManifest(Buffer.from(text), type)
  } catch (error) {
    assert.ok(error instanceof RegistryError, String(error))
    assert.equal(error.failure, 'MANIFEST_INVALID')
    return error.message
  }
  return 'accepted'
}

/** An image with more text before its last brace. */
const withMember = (more: string) => image().replace(/\}$/, `,${more}}`)
const layerWith = (more: string) =>
  image({ layers: ['?'] }).replace('"?"', JSON.stringify(layer).replace(/\}$/, `,${more}}`))

describe('the text of a manifest', () => {
  it('H7: a member that equals a known one only without regard to case is refused', () => {
    const list = JSON.stringify([evil])
    for (const name of ['Layers', 'LAYERS', 'layer\u017f', 'layer\\u017f', 'l\\u0041yers'])
      assert.match(refusal(withMember(`"${name}":${list}`)), /differs from layers only in upper/)
    for (const name of ['Config', 'Subject', 'MediaType', 'Manifests', 'Blobs', 'artifacttype'])
      assert.match(refusal(withMember(`"${name}":1`)), new RegExp(`^${name} differs from`))
  })

  it('H7: the same is refused in descriptors and in the platforms of an index', () => {
    for (const name of ['Digest', 'Size', '\u017fize', 'MediaType', 'URLs', 'Data', 'Platform'])
      assert.match(refusal(layerWith(`"${name}":1`)), /^layers\[0\]\..* differs from/)
    const child = { ...descriptor('x', IMAGE), platform: { os: 'linux', OS: 'wasi' } }
    const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [child] })
    assert.match(refusal(index), /^manifests\[0\]\.platform\.OS differs from os/)
    const subject = JSON.stringify({ ...layer, DIGEST: evil.digest })
    assert.match(refusal(withMember(`"subject":${subject}`)), /^subject\.DIGEST differs/)
  })

  it('H7: other members may have any name, and so may annotations', () => {
    const annotations = { size: 'a', Size: 'b', Digest: 'c' }
    const text = image({ annotations, size: 1, Size: 1, os: 2, K: 1, '\u212a': 2 })
    assert.equal(refusal(text), 'accepted')
  })

  it('H7: a name that occurs twice in any object is refused, however it is written', () => {
    for (const [more, path] of [
      ['"layers":[]', 'layers'],
      [String.raw`"l\u0061yers":[]`, 'layers'],
      ['"x":[{"y":{"a":1,"b":[],"a":2}}]', 'x[0].y.a'],
      ['"annotations":{"a":"1","a":"2"}', 'annotations.a'],
      [String.raw`"x":{"\ud800":1,"\ud801":2}`, 'x.\ufffd'],
      ['"x":{"__proto__":1,"__proto__":2}', 'x.__proto__'],
    ])
      assert.equal(refusal(withMember(more!)), `${path} occurs twice: leave one of them out`)
    assert.equal(refusal(withMember('"x":[{"a":1},{"a":2}],"a":{"a":{"a":1}}')), 'accepted')
  })

  it('H7: numbers that Go does not read as integers are refused where one is known', () => {
    for (const number of ['2.0', '2e0', '20e-1', '2E+0', '2.00000000000000000000000000000000000'])
      for (const text of [
        image().replace('"schemaVersion":2', `"schemaVersion":${number}`),
        image().replace(/"size":\d+/, `"size": ${number}`),
      ])
        assert.match(refusal(text), /(schemaVersion|config\.size) must be a whole number in plain/)
    assert.equal(refusal(withMember('"x":{"size":2.5},"y":[1e3]')), 'accepted')
    assert.equal(refusal(image().replace(/"size":\d+/, '$& ')), 'accepted')
  })

  it('H7: optional fields of descriptors have the types that clients read', () => {
    for (const [field, bad, good] of [
      ['annotations', ['1', '[]', '{"a":1}'], ['null', '{"a":"b"}']],
      ['urls', ['1', '{}', '[1]'], ['null', '[]', '["https://a"]']],
      ['data', ['1', '"?"', '"e30"'], ['null', '""', '"e30="']],
      ['artifactType', ['1', '{}'], ['null', '"a/b"']],
      ['platform', ['"linux"', '{"os":1}', '{"os.version":[]}'], ['null', '{"os":"linux"}']],
      ['platform', ['{"os.features":"a"}'], ['{"os.features":["a"],"x":1}']],
    ] as const) {
      for (const value of bad)
        assert.match(refusal(layerWith(`"${field}":${value}`)), /^layers\[0\]\.\w+.* must be /)
      for (const value of good)
        assert.equal(refusal(layerWith(`"${field}":${value}`)), 'accepted', `${field} ${value}`)
    }
  })

  it('H1: what costs too much is refused before it is parsed', () => {
    const { parse } = JSON
    let parsed = 0
    JSON.parse = (...all) => {
      parsed++
      return parse(...all) as unknown
    }
    try {
      for (const more of [
        `"x":[${'{},'.repeat(1_390_000)}{}]`,
        `"x":[${'0,'.repeat(100_000)}0]`,
        `"x":${'['.repeat(65)}${']'.repeat(65)}`,
        `"x":${'{"a":'.repeat(500_000)}`,
        `"x":${'['.repeat(4_000_000)}`,
      ])
        assert.match(refusal(withMember(more)), /^a manifest has at most 50000 commas/)
    } finally {
      JSON.parse = parse
    }
    assert.equal(parsed, 0)
  })

  it('H1: 4 MiB of few large annotations stay valid, also full of escapes, quotes and braces', () => {
    for (const unit of ['a', '\\', '"', '{,[', '\u20ac']) {
      const large = unit.repeat(Math.floor(1_000_000 / JSON.stringify(unit).length))
      const text = image({ annotations: { a: large, [large]: 'b', c: large } })
      const { annotations } = readManifest(Buffer.from(text), OCI_IMAGE_MANIFEST)
      assert.deepEqual(annotations, { a: large, [large]: 'b', c: large })
    }
    assert.equal(refusal(image({ layers: Array.from({ length: 2000 }, () => layer) })), 'accepted')
  })

  it('H2: an artifactType is short and has no control characters, and may be anything else', () => {
    for (const artifactType of ['a'.repeat(256), 'a/\u0000', 'a\n', '\u009b31m', '\u007f'])
      assert.match(refusal(image({ artifactType })), /^artifactType has at most 255 characters/)
    for (const artifactType of ['a'.repeat(255), 'text/plain; charset=utf-8', 'sbom', 'ü', ''])
      assert.equal(refusal(image({ artifactType })), 'accepted')
  })
})

/** The value of a member as a reader of `policy` takes it: among all members, in their order. */
type Take = (members: readonly (readonly [string, Value])[], name: string) => Value | undefined
type Value = string | { members: readonly (readonly [string, Value])[] } | readonly Value[]

const sameInGo = (name: string) => (other: readonly [string, Value]) =>
  new RegExp(`^${name}$`, 'iu').test(other[0])
/** encoding/json: in any case, the last one. */
const likeGo: Take = (members, name) => members.findLast(sameInGo(name))?.[1]
/** Readers that take the first of several. */
const first: Take = (members, name) => members.find(([other]) => other === name)?.[1]

const DESCRIPTOR = ['mediaType', 'digest', 'size'] as const
const SPELLINGS = (name: string) => [
  name,
  name.toUpperCase(),
  name[0]!.toUpperCase() + name.slice(1),
  name.replaceAll('s', '\u017f'),
]

function write(value: Value): string {
  if (typeof value === 'string') return value
  if ('members' in value) {
    const members = value.members.map(([name, of]) => `${JSON.stringify(name)}:${write(of)}`)
    return `{${members.join(',')}}`
  }
  return `[${value.map(write).join(',')}]`
}

function see(value: Value | undefined, take: Take): unknown {
  if (value === undefined || typeof value === 'string') return value
  if (!('members' in value)) return value.map((entry) => see(entry, take))
  return DESCRIPTOR.map((name) => take(value.members, name))
}

function asSeen(manifest: Value, take: Take): unknown {
  const { members } = manifest as { members: readonly (readonly [string, Value])[] }
  const names = ['schemaVersion', 'mediaType', 'config', 'layers', 'subject', 'artifactType']
  return names.map((name) => see(take(members, name), take))
}

const descriptorOf = (text: string): Value => ({
  members: DESCRIPTOR.map((name) => [name, JSON.stringify(descriptor(text)[name])] as const),
})

/** Members, some of which are there again under the same or a similar name. */
function repeated(members: Value): fc.Arbitrary<Value> {
  if (typeof members === 'string' || !('members' in members)) return fc.constant(members)
  const extra = fc
    .record({
      of: fc.constantFrom(...members.members),
      spelling: fc.nat(3),
      value: fc.constantFrom<Value>('1', '2', '"a/b"', [descriptorOf('evil')], descriptorOf('b')),
      at: fc.nat(members.members.length),
    })
    .map(({ of: [name], spelling, value, at }) => ({ at, name: SPELLINGS(name)[spelling]!, value }))
  const none = { weight: 4, arbitrary: fc.constant([]) }
  const some = { weight: 1, arbitrary: fc.array(extra, { maxLength: 2 }) }
  return fc.oneof(none, some).map((extras) => {
    const all = [...members.members]
    for (const { at, name, value } of extras) all.splice(at, 0, [name, value])
    return { members: all }
  })
}

const manifests = fc
  .tuple(repeated(descriptorOf('{}')), repeated(descriptorOf('a')), repeated(descriptorOf('b')))
  .chain(([config, one, subject]) =>
    repeated({
      members: [
        ['schemaVersion', '2'],
        ['mediaType', JSON.stringify(IMAGE)],
        ['config', config],
        ['layers', [one]],
        ['subject', subject],
        ['artifactType', '"a/b"'],
      ],
    }),
  )

describe('an accepted manifest', () => {
  it('H7: reads the same for readers that ignore case, take the last or take the first', () => {
    const seen = { accepted: 0, refused: 0 }
    fc.assert(
      fc.property(manifests, (manifest) => {
        const isAccepted = refusal(write(manifest)) === 'accepted'
        seen[isAccepted ? 'accepted' : 'refused']++
        if (isAccepted) assert.deepEqual(asSeen(manifest, likeGo), asSeen(manifest, first))
      }),
      { numRuns: 3000 },
    )
    assert.ok(seen.accepted > 100 && seen.refused > 100, JSON.stringify(seen))
  })
})
