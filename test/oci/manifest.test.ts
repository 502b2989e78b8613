import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RegistryError } from '../../src/oci/errors.ts'
import { type Manifest, readManifest } from '../../src/oci/manifest.ts'
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_IMAGE_INDEX,
  OCI_IMAGE_MANIFEST,
} from '../../src/oci/media-types.ts'
import { descriptor, image, index } from '../support/manifest-texts.ts'

const ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json'
const config = descriptor('{}', 'application/vnd.oci.image.config.v1+json')
const layer = descriptor('layer')

function read(body: unknown, contentType?: string): Manifest {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return readManifest(Buffer.from(text), contentType)
}

function refused(read_: () => unknown, message: RegExp): void {
  assert.throws(read_, (error) => {
    assert.ok(error instanceof RegistryError)
    assert.equal(error.failure, 'MANIFEST_INVALID')
    assert.match(error.message, message)
    return true
  })
}

/**
 * The references of a manifest, in short: `blob digest`, `manifest digest`, with "?" where it need
 * not be there.
 */
function named({ references }: Manifest): string[] {
  return references.map(({ kind, required, digest }) => `${kind}${required ? '' : '?'} ${digest}`)
}

describe('manifests', () => {
  it('manifests of an image name their config and layers', () => {
    const text = image({ annotations: { a: 'b' } })
    const manifest = read(text, OCI_IMAGE_MANIFEST)
    assert.equal(manifest.mediaType, OCI_IMAGE_MANIFEST)
    assert.deepEqual(named(manifest), [`blob ${config.digest}`, `blob ${layer.digest}`])
    assert.deepEqual(manifest.annotations, { a: 'b' })
    assert.equal(manifest.subject, undefined)
  })

  it('manifests of Docker are read alike', () => {
    const docker = read({ schemaVersion: 2, mediaType: DOCKER_MANIFEST, config, layers: [layer] })
    assert.deepEqual(named(docker), [`blob ${config.digest}`, `blob ${layer.digest}`])
    const children = [descriptor('a', DOCKER_MANIFEST), descriptor('b', DOCKER_MANIFEST)]
    const list = read({ schemaVersion: 2, manifests: children }, DOCKER_MANIFEST_LIST)
    assert.deepEqual(
      named(list),
      children.map(({ digest }) => `manifest ${digest}`),
    )
  })

  it('manifests of an index name their children', () => {
    const child = descriptor('a', OCI_IMAGE_MANIFEST)
    assert.deepEqual(named(read(index([child]), OCI_IMAGE_INDEX)), [`manifest ${child.digest}`])
    assert.deepEqual(named(read(index([]), OCI_IMAGE_INDEX)), [])
  })

  it('manifests may have empty lists, or none', () => {
    for (const layers of [[], null, undefined])
      assert.deepEqual(named(read(image({ layers }), OCI_IMAGE_MANIFEST)), [
        `blob ${config.digest}`,
      ])
  })

  it('manifests of types never seen before are read by the same field names', () => {
    const blobs = read({ mediaType: ARTIFACT, artifactType: 'a/b', blobs: [layer] }, ARTIFACT)
    assert.deepEqual(named(blobs), [`blob ${layer.digest}`])
    assert.equal(blobs.artifactType, 'a/b')
    const strange = read({ config: null, anything: { at: ['all'] } }, 'application/vnd.x+json')
    assert.deepEqual(named(strange), [])
    assert.equal(strange.mediaType, 'application/vnd.x+json')
  })

  it('manifests need not hold what may live elsewhere', () => {
    const foreign = {
      ...descriptor('far', 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'),
      urls: ['https://example.com/far'],
    }
    const docker = descriptor('far', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip')
    const manifest = read(image({ layers: [foreign, docker, layer] }), OCI_IMAGE_MANIFEST)
    assert.deepEqual(named(manifest).slice(1), [
      `blob? ${foreign.digest}`,
      `blob? ${docker.digest}`,
      `blob ${layer.digest}`,
    ])
  })

  it('manifests may carry data, unknown fields and a descriptor more than once', () => {
    const inline = { ...config, data: 'e30=', 'org.example.new': { deep: [null, 1.5] } }
    const manifest = read(image({ config: inline, layers: [layer, layer], 'x-new': 1 }))
    assert.equal(manifest.references.length, 3)
    assert.deepEqual(manifest.references[0], { ...config, kind: 'blob', required: true })
  })

  it('manifests have the artifact type that the referrers list shows', () => {
    const of = (body: object, type: string) => read(body, type).artifactType
    const base = { schemaVersion: 2, config, layers: [] }
    assert.equal(of({ ...base, artifactType: 'a/b' }, OCI_IMAGE_MANIFEST), 'a/b')
    assert.equal(of(base, OCI_IMAGE_MANIFEST), config.mediaType)
    assert.equal(of({ ...base, artifactType: '' }, OCI_IMAGE_MANIFEST), config.mediaType)
    assert.equal(of({ schemaVersion: 2, manifests: [] }, OCI_IMAGE_INDEX), undefined)
    assert.equal(
      of({ schemaVersion: 2, manifests: [], artifactType: 'a/b' }, OCI_IMAGE_INDEX),
      'a/b',
    )
    refused(
      () => of({ ...base, artifactType: 1 }, OCI_IMAGE_MANIFEST),
      /artifactType must be a string/,
    )
  })

  it('manifests may have a subject', () => {
    const subject = descriptor('subject', OCI_IMAGE_MANIFEST)
    assert.deepEqual(read(image({ subject })).subject, subject)
    assert.deepEqual(read(index([], { subject })).subject, subject)
    assert.equal(read(image({ subject: null })).subject, undefined)
    refused(() => read(image({ subject: { ...subject, size: -1 } })), /subject\.size/)
    refused(() => read(image({ subject: 'sha256:x' })), /subject must be a descriptor/)
  })

  it('manifests have one media type, said in the header, in the body or in both alike', () => {
    const silent = { schemaVersion: 2, config, layers: [] }
    assert.equal(read(silent, OCI_IMAGE_MANIFEST).mediaType, OCI_IMAGE_MANIFEST)
    assert.equal(read(image()).mediaType, OCI_IMAGE_MANIFEST)
    assert.equal(read(silent).mediaType, OCI_IMAGE_MANIFEST)
    refused(() => read({ blobs: [layer] }), /Content-Type/)
    refused(() => read(image(), OCI_IMAGE_INDEX), /differs from the Content-Type/)
    refused(() => read(image(), DOCKER_MANIFEST), /differs from the Content-Type/)
    refused(() => read(index([]), OCI_IMAGE_MANIFEST), /differs from the Content-Type/)
    refused(() => read(image({ mediaType: 1 }), OCI_IMAGE_MANIFEST), /mediaType must be a string/)
    for (const type of ['text/html', 'application/xhtml+xml', 'text/plain', 'json', ''])
      refused(() => read(silent, type), /cannot have this Content-Type/)
  })

  it('manifests of schema 1 are refused by name', () => {
    const schema1 = { schemaVersion: 1, name: 'a', tag: 'b', fsLayers: [], history: [] }
    for (const type of ['json', 'prettyjws'].map(
      (end) => `application/vnd.docker.distribution.manifest.v1+${end}`,
    ))
      refused(() => read(schema1, type), /schema 1 are not supported/)
    refused(() => read(schema1, 'application/json'), /schema 1 are not supported/)
  })

  it('manifests have the shape that their type asks for', () => {
    refused(() => read({ schemaVersion: 2 }, OCI_IMAGE_MANIFEST), /config is required/)
    refused(() => read({ config }, OCI_IMAGE_MANIFEST), /schemaVersion must be 2/)
    refused(() => read(image({ schemaVersion: 3 })), /schemaVersion must be 2/)
    refused(() => read(image({ schemaVersion: '2' })), /schemaVersion must be 2/)
    refused(() => read(image({ manifests: [] })), /manifests belongs into an index/)
    refused(() => read({ schemaVersion: 2 }, OCI_IMAGE_INDEX), /manifests is required/)
    refused(() => read(index([], { layers: [] })), /layers belongs into an image/)
    refused(() => read(index([], { config })), /config belongs into an image/)
    refused(() => read(image({ layers: {} })), /layers must be a list/)
    refused(() => read(image({ layers: [{ ...layer, size: -5 }] })), /layers\[0\]\.size/)
    refused(() => read(image({ layers: [layer, { ...layer, size: 1e20 }] })), /layers\[1\]\.size/)
    refused(() => read(image({ annotations: { a: 1 } })), /annotations\["a"\]/)
  })
})

describe('bytes that are no manifest', () => {
  it('bytes that are no manifest are refused', () => {
    const not = [
      '',
      ' ',
      '{',
      'null',
      '1',
      '"x"',
      '[]',
      '[{}]',
      'true',
      '{} {}',
      '{"a":1,}',
      "{'a':1}",
    ]
    for (const text of not) refused(() => read(text, OCI_IMAGE_MANIFEST), /must be (a )?JSON/)
  })

  it('bytes that are no manifest are refused with a byte order mark, in UTF-16, or with bytes that are no UTF-8', () => {
    const bytes = Buffer.from(image())
    const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])
    const broken = Buffer.from(image({ annotations: { a: '#' } }))
    for (const bad of [0xff, 0xc0, 0xed, 0x80]) {
      broken[broken.indexOf('#')] = bad
      refused(() => readManifest(broken, OCI_IMAGE_MANIFEST), /JSON in UTF-8/)
      broken[broken.indexOf(bad)] = '#'.charCodeAt(0)
    }
    refused(() => readManifest(marked, OCI_IMAGE_MANIFEST), /without byte order mark/)
    refused(
      () => readManifest(Buffer.from(image(), 'utf16le'), OCI_IMAGE_MANIFEST),
      /JSON in UTF-8/,
    )
  })

  it('bytes that are no manifest do not reach a prototype', () => {
    const text = image().replace('{', '{"__proto__": {"subject": {}}, "constructor": {"a": 1}, ')
    assert.equal(read(text, OCI_IMAGE_MANIFEST).subject, undefined)
    assert.equal(({} as { subject?: unknown }).subject, undefined)
  })

  it('bytes that are no manifest whatever they are, are read or refused', () => {
    const types = [OCI_IMAGE_MANIFEST, OCI_IMAGE_INDEX, DOCKER_MANIFEST_LIST, ARTIFACT, undefined]
    const value = fc.oneof(
      { maxDepth: 2 },
      fc.jsonValue(),
      fc.constant(layer),
      fc.constant([layer]),
    )
    const fields = [
      'schemaVersion',
      'mediaType',
      'config',
      'layers',
      'blobs',
      'manifests',
      'subject',
    ]
    const nearly = fc.dictionary(fc.constantFrom(...fields, 'artifactType', 'annotations'), value)
    fc.assert(
      fc.property(fc.oneof(nearly, fc.jsonValue()), fc.constantFrom(...types), (body, type) => {
        try {
          const manifest = read(JSON.stringify(body), type)
          assert.ok(manifest.references.every(({ size }) => size >= 0))
        } catch (error) {
          assert.ok(error instanceof RegistryError, String(error))
        }
      }),
      { numRuns: 3000 },
    )
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.throws(() => readManifest(bytes, OCI_IMAGE_MANIFEST), RegistryError)
      }),
    )
  })
})
