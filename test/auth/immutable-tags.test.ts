import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { expect, expectError } from '../support/expected-answers.ts'
import { digest, image, IMAGE } from '../support/manifest-texts.ts'
import { pushBlob, pushImage } from '../support/pushes.ts'
import type { Answer } from '../support/requests.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer({
  'tags.immutable': JSON.stringify([
    { repositories: ['asm/**', 'web'], tags: ['v*', 'release'] },
    { repositories: ['fixed'], tags: ['**'] },
  ]),
})
after(() => server.stop())

const version = (name: string) => image({ annotations: { version: name } })

async function put(repository: string, reference: string, manifest: string): Promise<Answer> {
  for (const bytes of ['{}', 'layer']) await pushBlob(server, repository, bytes)
  const path = `/v2/${repository}/manifests/${reference}`
  return server.put(path, { body: manifest, headers: { 'Content-Type': IMAGE } })
}

const at = async (repository: string, tag: string) =>
  (await server.get(`/v2/${repository}/manifests/${tag}`)).headers['docker-content-digest']

describe('an immutable tag', () => {
  it('can be pushed again with the same manifest only', async () => {
    for (const [repository, tag] of [
      ['asm/a', 'v1'],
      ['asm/a/b', 'v2.0'],
      ['web', 'release'],
      ['fixed', 'anything'],
    ] as const) {
      const first = version(tag)
      for (let times = 0; times < 2; times++) expect(await put(repository, tag, first), 201)
      const refused = await put(repository, tag, version('another'))
      assert.match(expectError(refused, 403, 'DENIED'), new RegExp(`${tag} is immutable`))
      assert.equal(await at(repository, tag), digest(first))
    }
  })

  it('matches the patterns of its repository and tag together', async () => {
    for (const [repository, tag] of [
      ['asm', 'v1'],
      ['web/a', 'v1'],
      ['asm/a', 'latest'],
      ['asm/a', 'releases'],
      ['other', 'release'],
    ] as const)
      for (const name of ['one', 'two']) expect(await put(repository, tag, version(name)), 201)
  })

  it('cannot be moved by a tag parameter, even together with other tags', async () => {
    await put('asm/c', 'v1', version('one'))
    const two = version('two')
    for (const path of [
      `${digest(two)}?tag=v1`,
      `${digest(two)}?tag=latest&tag=v1`,
      'latest?tag=v1',
    ])
      expectError(await put('asm/c', path, two), 403, 'DENIED')
    assert.equal(await at('asm/c', 'v1'), digest(version('one')))
    assert.equal(await at('asm/c', 'latest'), undefined)
    expectError(await server.get(`/v2/asm/c/manifests/${digest(two)}`), 404, 'MANIFEST_UNKNOWN')
    expect(await put('asm/c', `${digest(version('one'))}?tag=v1&tag=latest`, version('one')), 201)
  })

  it('cannot be deleted, and neither can its manifest', async () => {
    const id = await pushImage(server, 'asm/d', 'v1', { annotations: { of: 'd' } })
    expectError(await server.delete('/v2/asm/d/manifests/v1'), 403, 'DENIED')
    const refused = await server.delete(`/v2/asm/d/manifests/${id}`)
    assert.match(expectError(refused, 403, 'DENIED'), /v1 is immutable/)
    assert.equal(await at('asm/d', 'v1'), id)
    assert.equal(await at('asm/d', id), id)
  })

  it('does not protect other tags of its manifest, nor other manifests', async () => {
    const id = await pushImage(server, 'asm/e', 'v1', { annotations: { of: 'e' } })
    const other = await pushImage(server, 'asm/e', 'latest', { annotations: { of: 'other' } })
    expect(await put('asm/e', 'moving', image({ annotations: { of: 'e' } })), 201)
    expect(await server.delete('/v2/asm/e/manifests/moving'), 202)
    expect(await server.delete(`/v2/asm/e/manifests/${other}`), 202)
    assert.equal(await at('asm/e', 'v1'), id)
  })

  it('cannot be deleted even if it does not exist', async () => {
    await pushImage(server, 'asm/f', 'latest')
    expectError(await server.delete('/v2/asm/f/manifests/v9'), 404, 'MANIFEST_UNKNOWN')
    expectError(await server.delete('/v2/asm/none/manifests/v9'), 404, 'NAME_UNKNOWN')
  })

  it('gets the manifest of the first of many concurrent pushes', async () => {
    for (const bytes of ['{}', 'layer']) await pushBlob(server, 'asm/race', bytes)
    const names = Array.from({ length: 20 }, (_, each) => `racer ${each}`)
    const answers = await Promise.all(names.map((name) => put('asm/race', 'v1', version(name))))
    const won = names.filter((_, each) => answers[each]!.status === 201)
    assert.equal(won.length, 1)
    assert.equal(await at('asm/race', 'v1'), digest(version(won[0]!)))
    for (const answer of answers.filter(({ status }) => status !== 201))
      expectError(answer, 403, 'DENIED')
  })
})
