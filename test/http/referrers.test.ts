import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectError, expectHeaders } from '../support/expected-answers.ts'
import {
  descriptor,
  digest,
  image,
  IMAGE,
  INDEX,
  index,
  type TestDescriptor,
} from '../support/manifest-texts.ts'
import { pushImage, putManifest } from '../support/pushes.ts'
import { nextPage } from '../support/requests.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

interface List {
  schemaVersion: number
  mediaType: string
  manifests: TestDescriptor[]
}

const list = async (repository: string, id: string, query = '') => {
  const answer = expect(await server.get(`/v2/${repository}/referrers/${id}${query}`), 200)
  return { ...answer.json<List>(), headers: answer.headers, answer }
}

const byDigest = (descriptors: readonly TestDescriptor[]) =>
  descriptors.toSorted((a, b) => (a.digest < b.digest ? -1 : 1))

const CONFIG = 'application/vnd.oci.image.config.v1+json'

describe('the referrers of a manifest', () => {
  it('the referrers of a manifest are an empty index where there are none, also of an unknown repository', async () => {
    await pushImage(server, 'lonely', 'v1')
    for (const repository of ['lonely', 'nobody', 'no/body']) {
      const { answer } = await list(repository, digest('anything'))
      assert.equal(answer.text, `{"schemaVersion":2,"mediaType":"${INDEX}","manifests":[]}`)
      expectHeaders(answer, {
        'content-type': INDEX,
        'content-length': String(answer.body.byteLength),
      })
    }
  })

  it('the referrers of a manifest are described by type, size, digest, artifact type and annotations', async () => {
    const id = await pushImage(server, 'described', 'v1')
    const subject = descriptor(image(), IMAGE)
    assert.equal(subject.digest, id)
    const annotations = { 'org.example.a': 'b', é: '"\\\u0000' }
    const typed = image({ subject, artifactType: 'application/vnd.sig', annotations })
    const byConfig = image({ subject })
    const list_ = index([], { subject })
    const typedList = index([], { subject, artifactType: 'application/vnd.list', annotations })
    for (const text of [typed, byConfig]) await putManifest(server, 'described', digest(text), text)
    await putManifest(server, 'described', digest(list_, 'sha512'), list_, INDEX)
    await putManifest(server, 'described', 'tagged', typedList, INDEX)
    const { schemaVersion, mediaType, manifests, headers } = await list('described', id)
    assert.deepEqual([schemaVersion, mediaType], [2, INDEX])
    assert.equal(headers['oci-filters-applied'], undefined)
    assert.deepEqual(
      byDigest(manifests),
      byDigest([
        { ...descriptor(typed, IMAGE), artifactType: 'application/vnd.sig', annotations },
        { ...descriptor(byConfig, IMAGE), artifactType: CONFIG },
        descriptor(list_, INDEX, 'sha512'),
        { ...descriptor(typedList, INDEX), artifactType: 'application/vnd.list', annotations },
      ]),
    )
  })

  it('the referrers of a manifest are there before the manifest itself is, and whatever its algorithm', async () => {
    await pushImage(server, 'early')
    for (const algorithm of ['sha256', 'sha512', 'blake3']) {
      const hash = algorithm === 'blake3' ? 'sha256' : algorithm
      const missing = digest(`missing ${algorithm}`, hash).replace(hash, algorithm)
      const text = image({ subject: { mediaType: IMAGE, digest: missing, size: 5 } })
      await putManifest(server, 'early', digest(text), text)
      const { manifests } = await list('early', missing)
      assert.deepEqual(
        manifests.map((each) => each.digest),
        [digest(text)],
      )
      assert.deepEqual((await list('early', digest('another'))).manifests, [])
      assert.deepEqual((await list('elsewhere', missing)).manifests, [])
    }
  })

  it('the referrers of a manifest are filtered by artifactType, which OCI-Filters-Applied confirms', async () => {
    await pushImage(server, 'filtered')
    const subject = descriptor('filtered', IMAGE)
    const types = ['a/b', 'a/b+c', 'a/c', 'A/b', 'a/b', CONFIG]
    for (const [at, artifactType] of types.entries()) {
      const text = image({ subject, artifactType, annotations: { at: String(at) } })
      await putManifest(server, 'filtered', digest(text), text)
    }
    for (const [type, count] of [
      ['a/b', 2],
      ['a/b+c', 1],
      ['A/b', 1],
      [CONFIG, 1],
      ['x/y', 0],
    ] as const) {
      const query = `?artifactType=${encodeURIComponent(type)}`
      const { manifests, headers } = await list('filtered', subject.digest, query)
      assert.equal(headers['oci-filters-applied'], 'artifactType')
      assert.equal(manifests.length, count, type)
      assert.ok(manifests.every(({ artifactType }) => artifactType === type))
    }
    const empty = await list('filtered', subject.digest, '?artifactType=')
    assert.equal(empty.headers['oci-filters-applied'], undefined)
    assert.equal(empty.manifests.length, 6)
  })

  it('the referrers of a manifest are pages of at most n, each with the filter it began with', async () => {
    await pushImage(server, 'paged')
    const subject = descriptor('paged', IMAGE)
    const expected: string[] = []
    for (let at = 0; at < 7; at++) {
      const artifactType = at < 5 ? 'a/b+c' : 'x/y'
      const text = image({ subject, artifactType, annotations: { at: String(at) } })
      await putManifest(server, 'paged', digest(text), text)
      if (at < 5) expected.push(digest(text))
    }
    const found: string[] = []
    let path: string | undefined =
      `/v2/paged/referrers/${subject.digest}?artifactType=a%2Fb%2Bc&n=2`
    let pages = 0
    while (path !== undefined) {
      const answer = expect(await server.get(path), 200)
      assert.equal(answer.headers['oci-filters-applied'], 'artifactType')
      const { manifests } = answer.json<List>()
      assert.ok(manifests.length <= 2)
      found.push(...manifests.map((each) => each.digest))
      path = nextPage(answer)
      pages++
    }
    assert.equal(pages, 3)
    assert.deepEqual(found, expected.toSorted())
    const none = await list('paged', subject.digest, '?n=0')
    assert.deepEqual([none.manifests, none.headers['link']], [[], undefined])
    const bad = await server.get(`/v2/paged/referrers/${subject.digest}?n=-1`)
    expectError(bad, 400, 'UNSUPPORTED')
  })

  it('the referrers of a manifest are never more than fits into a manifest: the Link leads on', async () => {
    await pushImage(server, 'heavy')
    const subject = descriptor('heavy', IMAGE)
    const expected: string[] = []
    for (let at = 0; at < 5; at++) {
      const text = image({ subject, annotations: { at: String(at), large: 'x'.repeat(1_500_000) } })
      await putManifest(server, 'heavy', digest(text), text)
      expected.push(digest(text))
    }
    const found: string[] = []
    let path: string | undefined = `/v2/heavy/referrers/${subject.digest}`
    while (path !== undefined) {
      const answer = expect(await server.get(path), 200)
      assert.ok(answer.body.byteLength <= 4 * 1024 * 1024, String(answer.body.byteLength))
      found.push(...answer.json<List>().manifests.map((each) => each.digest))
      path = nextPage(answer)
    }
    assert.deepEqual(found.toSorted(), expected.toSorted())
  })

  it('the referrers of a manifest lose a manifest when it is deleted', async () => {
    await pushImage(server, 'waning')
    const subject = descriptor('waning', IMAGE)
    const text = image({ subject })
    await putManifest(server, 'waning', digest(text), text)
    assert.equal((await list('waning', subject.digest)).manifests.length, 1)
    expect(await server.delete(`/v2/waning/manifests/${digest(text)}`), 202)
    assert.deepEqual((await list('waning', subject.digest)).manifests, [])
  })

  it('the referrers of a manifest of what is no digest are 400', async () => {
    for (const bad of ['latest', 'sha256:bad', 'sha256:', `sha256:${'A'.repeat(64)}`, 'SHA256:aa'])
      expectError(await server.get(`/v2/lonely/referrers/${bad}`), 400, 'DIGEST_INVALID')
  })
})
