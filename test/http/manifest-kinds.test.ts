import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectError } from '../support/expected-answers.ts'
import { descriptor, digest, image, IMAGE, INDEX, index } from '../support/manifest-texts.ts'
import { pushBlob } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'

const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json'
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
const ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json'
const SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws'

const server = await startTestServer()
const sparse = await startTestServer({ 'validation.references': 'sparse' })
after(() => Promise.all([server.stop(), sparse.stop()]))

await pushBlob(server, 'kinds', '{}')
await pushBlob(server, 'kinds', 'layer')
await server.put('/v2/kinds/manifests/child', { body: image(), headers: { 'Content-Type': IMAGE } })

const config = descriptor('{}', 'application/vnd.oci.image.config.v1+json')
const layer = descriptor('layer')
const child = descriptor(image(), IMAGE)
const far = {
  ...descriptor('far', 'application/vnd.oci.image.layer.nondistributable.v1.tar'),
  urls: [],
}
const json = JSON.stringify

const kinds: Readonly<Record<string, readonly [type: string, body: string]>> = {
  'an OCI image': [IMAGE, image()],
  'an OCI image that does not say its type': [
    IMAGE,
    json({ schemaVersion: 2, config, layers: [layer] }),
  ],
  'an OCI image without layers': [IMAGE, image({ layers: [] })],
  'an OCI image with a missing layers field': [IMAGE, image({ layers: undefined })],
  'an OCI image with a layer twice': [IMAGE, image({ layers: [layer, layer] })],
  'an OCI image with data in its config': [IMAGE, image({ config: { ...config, data: 'e30=' } })],
  'an OCI image with unknown fields': [IMAGE, image({ 'org.example': [{ x: null }], urls: 1 })],
  'an OCI image with non-distributable layers': [IMAGE, image({ layers: [far, layer] })],
  'a Wasm image': [
    IMAGE,
    image({ config: descriptor('{}', 'application/vnd.wasm.config.v0+json') }),
  ],
  'an artifact': [IMAGE, image({ artifactType: 'application/vnd.example+type' })],
  'an OCI index': [INDEX, index([{ ...child, platform: { os: 'wasip2', architecture: 'wasm' } }])],
  'an OCI index without children': [INDEX, index([])],
  'an OCI index of blobs, as build caches have it': [INDEX, index([layer])],
  'an OCI index with unknown fields': [INDEX, index([child], { x: { y: [1.5] } })],
  'a Docker image': [
    DOCKER,
    json({ schemaVersion: 2, mediaType: DOCKER, config, layers: [layer] }),
  ],
  'a Docker list': [
    DOCKER_LIST,
    json({ schemaVersion: 2, mediaType: DOCKER_LIST, manifests: [child] }),
  ],
  'an artifact manifest': [
    ARTIFACT,
    json({ mediaType: ARTIFACT, artifactType: 'a/b', blobs: [layer] }),
  ],
  'a type never seen before': ['application/vnd.example.new+json', json({ hello: ['world'] })],
  'plain JSON': ['application/json', json({ schemaVersion: 2, anything: true })],
  'a manifest with a __proto__ key': [IMAGE, image().replace('{', '{"__proto__":{"config":1},')],
  'a manifest nested deeply': [
    IMAGE,
    image().replace('{', `{"x":${'['.repeat(63)}${']'.repeat(63)},`),
  ],
  'a manifest of almost 4 MiB': [IMAGE, image({ annotations: { large: 'x'.repeat(4_190_000) } })],
}

describe('a manifest is stored and served, byte for byte', () => {
  for (const [kind, [type, body]] of Object.entries(kinds)) {
    it(kind, async () => {
      const path = `/v2/kinds/manifests/${digest(body)}`
      expect(await server.put(path, { body, headers: { 'Content-Type': type } }), 201)
      const got = expect(await server.get(path), 200)
      assert.ok(got.body.equals(Buffer.from(body)))
      assert.equal(got.headers['content-type'], type)
    })
  }

  it('a manifest is stored and served, byte for byte whose type is only in its body', async () => {
    expect(await server.put('/v2/kinds/manifests/silent', { body: image() }), 201)
    assert.equal((await server.get('/v2/kinds/manifests/silent')).headers['content-type'], IMAGE)
  })
})

const negative = { ...layer, size: -1 }
const huge = image().replace(`"size":${layer.size}`, `"size":${'9'.repeat(30)}`)
const utf16 = Buffer.from(image(), 'utf16le')
const broken = Buffer.from(image({ annotations: { a: '\u00ff' } }), 'latin1')
const marked = Buffer.from(`\ufeff${image()}`)

const refused: Readonly<
  Record<string, readonly [type: string, body: string | Uint8Array, message: RegExp]>
> = {
  'Docker schema 1': [
    SCHEMA_1,
    json({ schemaVersion: 1, fsLayers: [] }),
    /schema 1 are not supported/,
  ],
  'schema 1 in disguise': ['application/json', json({ schemaVersion: 1 }), /schema 1/],
  'another type than its header says': [INDEX, image(), /differs from the Content-Type/],
  'an index sent as an image': [IMAGE, index([]), /differs from the Content-Type/],
  'no type at all': ['', json({ schemaVersion: 2 }), /Content-Type/],
  'a type that a browser runs': [
    'application/xhtml+xml',
    json({}),
    /cannot have this Content-Type/,
  ],
  HTML: ['text/html', '<script>', /must be JSON/],
  'no JSON': [IMAGE, 'hello', /must be JSON/],
  nothing: [IMAGE, '', /must be JSON/],
  'a list': [IMAGE, '[]', /must be a JSON object/],
  'a byte order mark': [IMAGE, marked, /byte order mark/],
  'UTF-16': [IMAGE, utf16, /UTF-8/],
  'bytes that are no UTF-8': [IMAGE, broken, /UTF-8/],
  'a negative size': [IMAGE, image({ layers: [negative] }), /layers\[0\]\.size/],
  'a huge size': [IMAGE, huge, /layers\[0\]\.size/],
  'a size that is a fraction': [IMAGE, image({ layers: [{ ...layer, size: 5.5 }] }), /size/],
  'a digest that is none': [IMAGE, image({ layers: [{ ...layer, digest: 'x' }] }), /digest/],
  'a layer that is none': [IMAGE, image({ layers: ['x'] }), /layers\[0\]/],
  'no config': [IMAGE, image({ config: undefined }), /config is required/],
  'an image and an index in one': [IMAGE, image({ manifests: [] }), /manifests/],
  'annotations that are no strings': [IMAGE, image({ annotations: { a: {} } }), /annotations/],
  'brackets without end': [IMAGE, '['.repeat(4_000_000), /at most 64 levels deep/],
}

describe('a manifest is refused with', () => {
  for (const [kind, [type, body, message]] of Object.entries(refused)) {
    it(kind, async () => {
      const headers = type === '' ? {} : { 'Content-Type': type }
      const answer = await server.put('/v2/kinds/manifests/bad', { body, headers })
      assert.match(expectError(answer, 400, 'MANIFEST_INVALID'), message)
      expect(await server.get('/v2/kinds/manifests/bad'), 404)
    })
  }
})

describe('with validation.references: sparse', () => {
  const put = (reference: string, body: string, type: string) =>
    sparse.put(`/v2/thin/manifests/${reference}`, { body, headers: { 'Content-Type': type } })

  it('with validation.references: sparse layers, config and children of a manifest may be missing', async () => {
    expect(await put('image', image(), IMAGE), 201)
    expect(await put('index', index([descriptor('nobody', IMAGE)]), INDEX), 201)
    assert.equal((await sparse.get('/v2/thin/manifests/image')).text, image())
    expectError(await sparse.get(`/v2/thin/blobs/${digest('layer')}`), 404, 'BLOB_UNKNOWN')
  })

  it('with validation.references: sparse sizes of what is there still have to be right', async () => {
    await pushBlob(sparse, 'thin', 'layer')
    const wrong = image({ layers: [{ ...layer, size: 4 }] })
    expectError(await put('wrong', wrong, IMAGE), 400, 'MANIFEST_INVALID')
  })
})
