import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { expect, expectError } from '../support/expected-answers.ts'
import { pushImage } from '../support/pushes.ts'
import type { Requests } from '../support/requests.ts'
import { startTestServer } from '../support/server.ts'

type Headers = Readonly<Record<string, string>>

/** Of each an address that it answers with something else than 403. */
const CHANGES = [
  ['POST', '/v2/a/blobs/uploads/'],
  ['PUT', '/v2/a/manifests/v1'],
  ['PATCH', '/v2/a/blobs/uploads/x'],
  ['DELETE', '/v2/a/manifests/v1'],
  ['POST', '/token'],
  ['POST', '/nowhere'],
  ['DELETE', '/v2/%zz'],
] as const

async function isDenied(server: Requests, method: string, path: string, headers: Headers) {
  const answer = await server.send(method, path, { headers, body: '' })
  if (answer.status === 403) assert.match(expectError(answer, 403, 'DENIED'), /other sites/)
  return answer.status === 403
}

describe('pages of other sites', () => {
  it('pages of other sites change nothing, whatever they ask for', async (test) => {
    const server = await startTestServer({}, test)
    const own = `http://127.0.0.1:${server.port}`
    const foreign: readonly Headers[] = [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: own },
      { Origin: 'https://elsewhere.example' },
      { Origin: 'null' },
      { Origin: '' },
      { Origin: own.replace(/:\d+$/, ':1') },
      { Origin: `${own}.elsewhere.example` },
      { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'same-origin' },
    ]
    for (const [method, path] of CHANGES)
      for (const headers of foreign)
        assert.ok(await isDenied(server, method, path, headers), JSON.stringify([path, headers]))
  })

  it('pages of other sites do not include clients without Origin and the own site', async (test) => {
    const server = await startTestServer({}, test)
    const own = `http://127.0.0.1:${server.port}`
    const friendly: readonly Headers[] = [
      {},
      { Origin: own },
      { Origin: own, 'Sec-Fetch-Site': 'same-origin' },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: `http://localhost:${server.port}`, Host: `localhost:${server.port}` },
      // TLS ended in front of us.
      { Origin: 'https://localhost', Host: 'localhost' },
      { Origin: 'https://localhost', Host: 'localhost:443' },
      { Origin: 'http://localhost', Host: 'LOCALHOST:80' },
    ]
    for (const [method, path] of CHANGES)
      for (const headers of friendly)
        assert.ok(!(await isDenied(server, method, path, headers)), JSON.stringify(headers))
  })

  it('pages of other sites may read what everybody may read', async (test) => {
    const server = await startTestServer({}, test)
    await pushImage(server, 'a', 'v1')
    const headers = { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' }
    for (const path of ['/v2/', '/v2/a/manifests/v1', '/v2/_catalog'])
      expect(await server.get(path, headers), 200)
    const answer = expect(await server.get('/v2/a/manifests/v1', headers), 200)
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
  })

  it('pages of other sites are told apart by the public address, too', async (test) => {
    const server = await startTestServer({ publicUrl: 'https://registry.example' }, test)
    const send = (Origin: string) => isDenied(server, 'POST', '/token', { Origin })
    assert.equal(await send('https://registry.example'), false)
    // Somebody on the way could have written that page.
    assert.equal(await send('http://registry.example'), true)
    assert.equal(await send('https://registry.example:444'), true)
  })
})
