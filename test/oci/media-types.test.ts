import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  isImageManifest,
  isIndex,
  isManifestType,
  isMediaType,
  isNonDistributable,
  isSchema1,
  OCI_IMAGE_INDEX,
  OCI_IMAGE_MANIFEST,
  withoutParameters,
} from '../../src/oci/media-types.ts'

/** RFC 9110, section 5.6.2: printable ASCII without delimiters. */
function isToken(text: string): boolean {
  const delimiters = '"(),/:;<=>?@[\\]{} '
  return (
    text !== '' && text.split('').every((c) => c > ' ' && c < '\x7f' && !delimiters.includes(c))
  )
}

function isMediaTypeByTheBook(text: string): boolean {
  const parts = text.split('/')
  return text.length <= 255 && parts.length === 2 && parts.every(isToken)
}

describe('media types', () => {
  it('media types are two tokens with a slash between', () => {
    const nearly = fc.string({
      unit: fc.constantFrom(...'aZ0+./-_!#~;= "(é\n\0'.split('')),
      maxLength: 10,
    })
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string()), (text) => {
        assert.equal(isMediaType(text), isMediaTypeByTheBook(text), text)
      }),
      { numRuns: 5000 },
    )
    assert.ok(isMediaType(`a/${'b'.repeat(253)}`))
    assert.ok(!isMediaType(`a/${'b'.repeat(254)}`))
  })

  it('media types of manifests are application types that no browser runs', () => {
    for (const type of [OCI_IMAGE_MANIFEST, OCI_IMAGE_INDEX, DOCKER_MANIFEST, DOCKER_MANIFEST_LIST])
      assert.ok(isManifestType(type), type)
    for (const type of ['application/json', 'application/vnd.oci.artifact.manifest.v1+json'])
      assert.ok(isManifestType(type), type)
    const active = ['xhtml+xml', 'xml', 'javascript', 'ecmascript', 'atom+xml', 'x-javascript']
    for (const subtype of active) assert.ok(!isManifestType(`application/${subtype}`), subtype)
    for (const type of ['text/html', 'text/plain', 'image/svg+xml', '*/*', 'application', ''])
      assert.ok(!isManifestType(type), type)
  })

  it('media types tell kinds of manifests apart', () => {
    assert.deepEqual([OCI_IMAGE_MANIFEST, DOCKER_MANIFEST].map(isImageManifest), [true, true])
    assert.deepEqual([OCI_IMAGE_INDEX, DOCKER_MANIFEST_LIST].map(isImageManifest), [false, false])
    assert.deepEqual([OCI_IMAGE_INDEX, DOCKER_MANIFEST_LIST].map(isIndex), [true, true])
    assert.deepEqual([OCI_IMAGE_MANIFEST, DOCKER_MANIFEST].map(isIndex), [false, false])
    const schema1 = 'application/vnd.docker.distribution.manifest.v1+'
    assert.ok(isSchema1(`${schema1}json`) && isSchema1(`${schema1}prettyjws`))
    assert.ok(!isSchema1(DOCKER_MANIFEST))
  })

  it('media types tell layers whose bytes may live elsewhere', () => {
    for (const type of [
      'application/vnd.oci.image.layer.nondistributable.v1.tar',
      'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
      'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    ])
      assert.ok(isNonDistributable(type), type)
    for (const type of ['application/vnd.oci.image.layer.v1.tar', 'application/wasm'])
      assert.ok(!isNonDistributable(type), type)
  })

  it('media types are compared without parameters and in lower case', () => {
    for (const sent of [
      'application/json',
      'Application/JSON',
      ' application/json ; charset=utf-8',
    ])
      assert.equal(withoutParameters(sent), 'application/json')
    assert.equal(withoutParameters(';'), '')
  })
})
