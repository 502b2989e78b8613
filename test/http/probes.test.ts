import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { ready } from '../../src/http/handlers/probes.ts'
import type { HandlerContext } from '../../src/http/route.ts'
import { expect } from '../support/expected-answers.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

/** The answer of /readyz for a reason not to be ready. */
async function readiness(reason?: string): Promise<[number, unknown]> {
  const ctx = { status: 404, body: Buffer.alloc(0), set: () => undefined }
  await ready(async () => reason)(ctx as unknown as HandlerContext)
  return [ctx.status, JSON.parse(ctx.body.toString())]
}

describe('the probes', () => {
  it('answers /livez and /readyz with 200 while all is well', async () => {
    for (const [path, status] of Object.entries({ '/livez': 'alive', '/readyz': 'ready' })) {
      const answer = expect(await server.get(path), 200)
      assert.deepEqual(answer.json(), { status })
      assert.equal(answer.headers['content-type'], 'application/json')
    }
  })

  it('answers /readyz with 503 and the reason while the registry takes no requests', async () => {
    const reason = 'the disk is full'
    assert.deepEqual(await readiness(), [200, { status: 'ready' }])
    assert.deepEqual(await readiness(reason), [503, { status: 'not ready', reason }])
  })
})
