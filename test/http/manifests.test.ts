import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectError, expectHeaders } from '../support/expected-answers.ts'
import { descriptor, digest, image, IMAGE, INDEX, index } from '../support/manifest-texts.ts'
import { pushBlob, pushImage, putManifest } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

const unknown = digest('never pushed')

/** Sends any manifest to be stored. */
const put = (path: string, body: string | Uint8Array, type: string | undefined = IMAGE) =>
  server.put(`/v2/${path}`, { body, headers: type === '' ? {} : { 'Content-Type': type } })

describe('GET and HEAD of a manifest', () => {
  it('GET and HEAD of a manifest send its exact bytes, type, length and digest, by tag and by digest', async () => {
    const text = image({ annotations: { spaced: ' \u00e9 ' } }).replaceAll(',', ' ,\n')
    await pushBlob(server, 'exact', '{}')
    await pushBlob(server, 'exact', 'layer')
    await putManifest(server, 'exact', 'v1', text)
    for (const reference of ['v1', digest(text)]) {
      const headers = {
        'content-type': IMAGE,
        'content-length': String(Buffer.byteLength(text)),
        'docker-content-digest': digest(text),
        etag: `"${digest(text)}"`,
      }
      const got = expect(await server.get(`/v2/exact/manifests/${reference}`), 200)
      expectHeaders(got, headers)
      assert.equal(got.text, text)
      const asked = expect(await server.head(`/v2/exact/manifests/${reference}`), 200)
      expectHeaders(asked, headers)
      assert.equal(asked.body.byteLength, 0)
    }
  })

  it('GET and HEAD of a manifest answer what was stored, whatever the client would rather accept', async () => {
    await pushImage(server, 'accept', 'v1')
    for (const accept of ['*/*', INDEX, 'text/html', `${INDEX}, ${IMAGE};q=0.5`, ''])
      assert.equal(
        expect(await server.get('/v2/accept/manifests/v1', { Accept: accept }), 200).headers[
          'content-type'
        ],
        IMAGE,
      )
  })

  it('GET and HEAD of a manifest are 404 for what is not there: manifest, tag or repository', async () => {
    await pushImage(server, 'known', 'v1')
    for (const reference of ['v2', unknown, '.bad', 'a'.repeat(129), 'a+b', digest('x', 'sha512')])
      expectError(await server.get(`/v2/known/manifests/${reference}`), 404, 'MANIFEST_UNKNOWN')
    for (const reference of ['v1', unknown])
      expectError(await server.get(`/v2/nobody/manifests/${reference}`), 404, 'NAME_UNKNOWN')
    expect(await server.head('/v2/known/manifests/v2'), 404)
    expect(await server.head('/v2/nobody/manifests/v1'), 404)
  })

  it('GET and HEAD of a manifest see no manifest of another repository', async () => {
    const id = await pushImage(server, 'mine', 'v1')
    await pushBlob(server, 'theirs', '{}')
    expectError(await server.get(`/v2/theirs/manifests/${id}`), 404, 'MANIFEST_UNKNOWN')
  })

  it('GET and HEAD of a manifest are 400 for a reference with ":" that is no digest stored here', async () => {
    for (const bad of ['sha256:baddigeststring', 'sha256:', ':', 'x:y', `sha256:${'A'.repeat(64)}`])
      expectError(await server.get(`/v2/known/manifests/${bad}`), 400, 'DIGEST_INVALID')
  })
})

describe('PUT of a manifest', () => {
  it('PUT of a manifest stores it under a tag, and answers where it is', async () => {
    await pushBlob(server, 'store', '{}')
    await pushBlob(server, 'store', 'layer')
    const answer = expect(await put('store/manifests/v1', image()), 201)
    expectHeaders(answer, {
      'content-length': '0',
      location: `/v2/store/manifests/${digest(image())}`,
      'docker-content-digest': digest(image()),
      etag: `"${digest(image())}"`,
    })
    assert.equal((await server.get(String(answer.headers.location))).text, image())
    expectHeaders(expect(await put('store/manifests/v1', image()), 201), {
      'content-length': '0',
      location: `/v2/store/manifests/${digest(image())}`,
      'docker-content-digest': digest(image()),
      etag: `"${digest(image())}"`,
    })
  })

  it('PUT of a manifest stores it under its digest, sha256 or sha512, and answers with that digest', async () => {
    for (const algorithm of ['sha256', 'sha512']) {
      const text = image({ annotations: { algorithm } })
      const id = digest(text, algorithm)
      const answer = await putManifest(server, 'store', id, text)
      assert.equal(answer.headers['docker-content-digest'], id)
      assert.equal(answer.headers.location, `/v2/store/manifests/${id}`)
      const got = expect(await server.get(`/v2/store/manifests/${id}`), 200)
      assert.equal(got.text, text)
      assert.equal(got.headers['docker-content-digest'], id)
    }
  })

  it('PUT of a manifest takes a body without Content-Length, as the conformance suite sends it', async () => {
    const text = image({ annotations: { sent: 'chunked' } })
    const chunks = [text.slice(0, 9), text.slice(9)].map((part) => Buffer.from(part))
    const headers = { 'Content-Type': IMAGE }
    const path = '/v2/store/manifests/chunked'
    expect(await server.put(path, { body: chunks, headers }), 201)
    assert.equal((await server.get(path)).text, text)
  })

  it('PUT of a manifest ignores parameters of the Content-Type, and serves the type without them', async () => {
    expect(await put('store/manifests/params', image(), `${IMAGE}; charset=utf-8`), 201)
    const { headers } = await server.get('/v2/store/manifests/params')
    assert.equal(headers['content-type'], IMAGE)
  })

  it('PUT of a manifest moves a tag that is there', async () => {
    const second = image({ annotations: { second: 'yes' } })
    await putManifest(server, 'store', 'moved', image())
    await putManifest(server, 'store', 'moved', second)
    assert.equal((await server.get('/v2/store/manifests/moved')).text, second)
    expect(await server.get(`/v2/store/manifests/${digest(image())}`), 200)
  })

  it('PUT of a manifest sets every tag it is given and says so in OCI-Tag', async () => {
    const text = image({ annotations: { many: 'tags' } })
    const id = digest(text, 'sha512')
    const tags = Array.from({ length: 12 }, (_, at) => `t${at}`)
    const query = [...tags, 't0'].map((tag) => `tag=${tag}`).join('&')
    const answer = expect(await put(`store/manifests/${id}?${query}`, text), 201)
    assert.equal(answer.headers['oci-tag'], tags.join(', '))
    for (const tag of tags) {
      const { headers } = expect(await server.head(`/v2/store/manifests/${tag}`), 200)
      assert.equal(headers['docker-content-digest'], id)
    }
    const beside = expect(await put('store/manifests/main?tag=extra', image()), 201)
    assert.equal(beside.headers['oci-tag'], 'extra')
    expect(await server.head('/v2/store/manifests/main'), 200)
    expect(await server.head('/v2/store/manifests/extra'), 200)
  })

  it('PUT of a manifest sets no tag when one of them is bad, or they are too many', async () => {
    const text = image({ annotations: { none: 'of it' } })
    const path = `store/manifests/${digest(text)}`
    for (const bad of [
      'tag=fresh&tag=.bad',
      'tag=fresh&tag=',
      'tag=fresh,stale',
      'tag=fresh%2Fx',
    ]) {
      const answer = await put(`${path}?${bad}`, text)
      expectError(answer, 400, 'MANIFEST_INVALID')
      assert.equal(answer.headers['oci-tag'], undefined)
    }
    const many = Array.from({ length: 65 }, (_, at) => `tag=fresh${at}`).join('&')
    expectError(await put(`${path}?${many}`, text), 414, 'UNSUPPORTED')
    for (const tag of ['fresh', 'fresh0'])
      expectError(await server.get(`/v2/store/manifests/${tag}`), 404, 'MANIFEST_UNKNOWN')
    expectError(await server.get(`/v2/${path}`), 404, 'MANIFEST_UNKNOWN')
  })

  it('PUT of a manifest answers OCI-Subject where there is one, and accepts that it is missing', async () => {
    const subject = descriptor('missing subject', IMAGE)
    const about = image({ subject })
    const answer = await putManifest(server, 'store', digest(about), about)
    assert.equal(answer.headers['oci-subject'], subject.digest)
    const list = index([], { subject })
    const second = await putManifest(server, 'store', 'about', list, INDEX)
    assert.equal(second.headers['oci-subject'], subject.digest)
    expect(await server.get(`/v2/store/manifests/${subject.digest}`), 404)
  })

  it('PUT of a manifest is refused where digest, tag or name are bad', async () => {
    expectError(await put(`store/manifests/${unknown}`, image()), 400, 'DIGEST_INVALID')
    expectError(await put('store/manifests/sha256:baddigest', image()), 400, 'DIGEST_INVALID')
    expectError(await put('store/manifests/.bad', image()), 400, 'MANIFEST_INVALID')
    expectError(await put(`store/manifests/${'a'.repeat(129)}`, image()), 400, 'MANIFEST_INVALID')
    expectError(await put('STORE/manifests/v1', image()), 400, 'NAME_INVALID')
  })

  it('PUT of a manifest is refused where what it names is not in this repository, and says what', async () => {
    await pushBlob(server, 'elsewhere', 'layer')
    await pushBlob(server, 'incomplete', '{}')
    const missingLayer = expectError(
      await put('incomplete/manifests/v1', image()),
      400,
      'MANIFEST_BLOB_UNKNOWN',
    )
    assert.ok(missingLayer.includes(digest('layer')), missingLayer)
    const child = descriptor('no such child', IMAGE)
    const missingChild = await put('incomplete/manifests/v1', index([child]), INDEX)
    assert.ok(expectError(missingChild, 400, 'MANIFEST_BLOB_UNKNOWN').includes(child.digest))
    const { detail } = missingChild.json<{ errors: { detail: unknown }[] }>().errors[0]!
    assert.deepEqual(detail, { missing: [child.digest] })
    expectError(await server.get('/v2/incomplete/manifests/v1'), 404, 'MANIFEST_UNKNOWN')
  })

  it('PUT of a manifest is refused where a size is not that of the content', async () => {
    const wrong = image({ layers: [{ ...descriptor('layer'), size: 6 }] })
    assert.match(
      expectError(await put('store/manifests/wrong', wrong), 400, 'MANIFEST_INVALID'),
      /size of 6 bytes, but it has 5/,
    )
  })
})

describe('DELETE of a manifest', () => {
  it('DELETE of a manifest by tag removes the tag alone', async () => {
    const id = await pushImage(server, 'remove', 'v1')
    expectHeaders(expect(await server.delete('/v2/remove/manifests/v1'), 202), {
      'content-length': '0',
    })
    expectError(await server.get('/v2/remove/manifests/v1'), 404, 'MANIFEST_UNKNOWN')
    expect(await server.get(`/v2/remove/manifests/${id}`), 200)
    expectError(await server.delete('/v2/remove/manifests/v1'), 404, 'MANIFEST_UNKNOWN')
  })

  it('DELETE of a manifest by digest removes it with every tag', async () => {
    const id = await pushImage(server, 'remove', 'v1')
    await pushImage(server, 'remove', 'v2')
    expect(await server.delete(`/v2/remove/manifests/${id}`), 202)
    for (const reference of ['v1', 'v2', id]) {
      expectError(await server.get(`/v2/remove/manifests/${reference}`), 404, 'MANIFEST_UNKNOWN')
      expect(await server.head(`/v2/remove/manifests/${reference}`), 404)
    }
    assert.deepEqual((await server.get('/v2/remove/tags/list')).json(), {
      name: 'remove',
      tags: [],
    })
  })

  it('DELETE of a manifest works for sha512', async () => {
    const text = image({ annotations: { long: 'digest' } })
    const id = digest(text, 'sha512')
    await putManifest(server, 'remove', id, text)
    expect(await server.delete(`/v2/remove/manifests/${id}`), 202)
    expect(await server.get(`/v2/remove/manifests/${id}`), 404)
  })

  it('DELETE of a manifest is taken for the child of an index, which then lacks it', async () => {
    const id = await pushImage(server, 'family')
    const parent = index([descriptor(image(), IMAGE)])
    await putManifest(server, 'family', 'parent', parent, INDEX)
    expect(await server.delete(`/v2/family/manifests/${id}`), 202)
    assert.equal(expect(await server.get('/v2/family/manifests/parent'), 200).text, parent)
    expect(await server.get(`/v2/family/manifests/${id}`), 404)
  })

  it('DELETE of a manifest is 404 or 400 for what is not there or cannot be', async () => {
    expectError(await server.delete(`/v2/remove/manifests/${unknown}`), 404, 'MANIFEST_UNKNOWN')
    expectError(await server.delete('/v2/remove/manifests/.bad'), 404, 'MANIFEST_UNKNOWN')
    expectError(await server.delete('/v2/nobody/manifests/v1'), 404, 'NAME_UNKNOWN')
    expectError(await server.delete('/v2/remove/manifests/sha256:bad'), 400, 'DIGEST_INVALID')
  })
})
