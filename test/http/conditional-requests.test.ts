import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectError, expectHeaders } from '../support/expected-answers.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { pushBlob, pushImage } from '../support/pushes.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

const id = await pushImage(server, 'conditions', 'v1')
const blob = await pushBlob(server, 'conditions', 'some bytes')
const etag = `"${id}"`
const other = `"${digest('other')}"`

describe('If-None-Match on a read', () => {
  it('If-None-Match on a read answers 304 without a body where it names what is stored', async () => {
    for (const path of ['manifests/v1', `manifests/${id}`, `blobs/${blob}`]) {
      const stored = path.startsWith('blobs') ? blob : id
      for (const header of [`"${stored}"`, `W/"${stored}"`, `${other}, "${stored}"`, '*']) {
        for (const method of ['GET', 'HEAD']) {
          const headers = { 'If-None-Match': header }
          const answer = await server.send(method, `/v2/conditions/${path}`, { headers })
          expectHeaders(expect(answer, 304), {
            'docker-content-digest': stored,
            etag: `"${stored}"`,
            ...(stored === blob && { 'accept-ranges': 'bytes' }),
          })
          assert.equal(answer.body.byteLength, 0)
        }
      }
    }
  })

  it('If-None-Match on a read answers 200 where it names something else, or nothing', async () => {
    for (const path of ['manifests/v1', `blobs/${blob}`])
      for (const header of [other, id, 'x', ''])
        expect(await server.get(`/v2/conditions/${path}`, { 'If-None-Match': header }), 200)
  })

  it('If-None-Match on a read comes before a Range', async () => {
    const headers = { 'If-None-Match': `"${blob}"`, Range: 'bytes=0-1' }
    expect(await server.get(`/v2/conditions/blobs/${blob}`, headers), 304)
    const fresh = { 'If-None-Match': other, Range: 'bytes=0-1' }
    expect(await server.get(`/v2/conditions/blobs/${blob}`, fresh), 206)
  })

  it('If-None-Match on a read changes nothing for what is not there', async () => {
    const headers = { 'If-None-Match': '*' }
    expectError(await server.get('/v2/conditions/manifests/v2', headers), 404, 'MANIFEST_UNKNOWN')
  })
})

describe('a conditional PUT of a manifest', () => {
  const second = image({ annotations: { second: 'yes' } })
  const put = (reference: string, body: string, condition: Record<string, string>) =>
    server.put(`/v2/conditions/manifests/${reference}`, {
      body,
      headers: { 'Content-Type': IMAGE, ...condition },
    })

  it('a conditional PUT of a manifest with If-None-Match: * makes a tag but moves none', async () => {
    expect(await put('made', image(), { 'If-None-Match': '*' }), 201)
    const again = await put('made', second, { 'If-None-Match': '*' })
    assert.match(expectError(again, 412, 'DENIED'), /If-Match or If-None-Match/)
    assert.equal((await server.get('/v2/conditions/manifests/made')).text, image())
    expect(await server.get(`/v2/conditions/manifests/${digest(second)}`), 404)
  })

  it('a conditional PUT of a manifest with If-Match moves a tag that is where the client thinks', async () => {
    expect(await put('moving', image(), {}), 201)
    expectError(await put('moving', second, { 'If-Match': other }), 412, 'DENIED')
    expectError(await put('moving', second, { 'If-Match': `W/${etag}` }), 412, 'DENIED')
    expect(await put('moving', second, { 'If-Match': `${other}, ${etag}` }), 201)
    expectError(await put('moving', image(), { 'If-Match': etag }), 412, 'DENIED')
    expect(await put('moving', image(), { 'If-Match': '*' }), 201)
  })

  it('a conditional PUT of a manifest with If-Match fails for a tag that is not there', async () => {
    for (const condition of [etag, '*'])
      expectError(await put('nowhere', image(), { 'If-Match': condition }), 412, 'DENIED')
    expect(await server.get('/v2/conditions/manifests/nowhere'), 404)
  })

  it('a conditional PUT of a manifest by digest holds for the manifest itself', async () => {
    const third = image({ annotations: { third: 'yes' } })
    expectError(await put(digest(third), third, { 'If-Match': '*' }), 412, 'DENIED')
    expect(await put(digest(third), third, { 'If-None-Match': '*' }), 201)
    expectError(await put(digest(third), third, { 'If-None-Match': '*' }), 412, 'DENIED')
    expect(await put(digest(third), third, { 'If-Match': `"${digest(third)}"` }), 201)
  })

  it('a conditional PUT of a manifest deletes only what the client knows', async () => {
    const kept = image({ annotations: { deleted: 'no' } })
    const path = '/v2/conditions/manifests/deleting'
    expect(await put('deleting', kept, {}), 201)
    for (const [name, value] of [
      ['If-Match', other],
      ['If-None-Match', '*'],
    ] as const) {
      const headers = { [name]: value }
      expectError(await server.delete(path, headers), 412, 'DENIED')
      const byDigest = `/v2/conditions/manifests/${digest(kept)}`
      expectError(await server.delete(byDigest, headers), 412, 'DENIED')
    }
    const headers = { 'If-Match': `"${digest(kept)}"` }
    expect(await server.delete(path, headers), 202)
    expect(await server.delete(path, headers), 404)
    expect(await server.delete(`/v2/conditions/manifests/${digest(kept)}`, headers), 202)
  })

  it('a conditional PUT of a manifest lets one of many win', async () => {
    const all = Array.from({ length: 8 }, (_, at) => image({ annotations: { at: String(at) } }))
    const answers = await Promise.all(
      all.map((body) => put('race', body, { 'If-None-Match': '*' })),
    )
    const won = answers.filter(({ status }) => status === 201)
    assert.equal(won.length, 1)
    assert.equal(answers.filter(({ status }) => status === 412).length, 7)
    const { headers } = await server.head('/v2/conditions/manifests/race')
    assert.equal(headers['docker-content-digest'], won[0]?.headers['docker-content-digest'])
  })
})
