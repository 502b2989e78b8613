import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { expect, expectError } from '../support/expected-answers.ts'
import { type Settings, startTestServer, testConfig } from '../support/server.ts'

const PATH = '/.well-known/wasm-pkg/registry.json'

describe('the registry metadata for wkg', () => {
  const cases: readonly (readonly [string, Settings, object])[] = [
    [
      'the public name',
      { publicUrl: 'https://registry.example.com' },
      { registry: 'registry.example.com' },
    ],
    [
      'the prefix, under the name the client uses',
      { 'wkg.namespacePrefix': 'wasm/packages' },
      { registry: 'here:5000', namespacePrefix: 'wasm/packages/' },
    ],
    [
      'both',
      { publicUrl: 'https://r.example:8443', 'wkg.namespacePrefix': 'packages' },
      { registry: 'r.example:8443', namespacePrefix: 'packages/' },
    ],
  ]
  for (const [title, settings, oci] of cases)
    it(title, async (test) => {
      const server = await startTestServer(settings, test)
      const answer = expect(await server.get(PATH, { Host: 'here:5000' }), 200)
      assert.equal(answer.headers['content-type'], 'application/json')
      assert.deepEqual(answer.json(), { preferredProtocol: 'oci', oci })
    })

  it('the registry metadata for wkg is absent if nothing is configured', async (test) => {
    const server = await startTestServer({}, test)
    const message = expectError(await server.get(PATH), 404, 'UNSUPPORTED')
    assert.match(message, /wkg.namespacePrefix/)
  })

  it('the registry metadata for wkg rejects a prefix that is no repository name, at the start', () => {
    for (const prefix of ['Packages', 'a//b', '/a', 'a/'])
      assert.throws(() => testConfig({ 'wkg.namespacePrefix': prefix }), /wkg.namespacePrefix/)
  })
})
