import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { RouterContext } from '@koa/router'
import { Probes } from '../../src/http/handlers/probes.ts'
import { expect } from '../support/expected-answers.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

/** What /readyz answers if that is why nothing can be written. */
async function readiness(reason?: string, isDraining = false): Promise<[number, unknown]> {
  const ctx = { status: 404, body: Buffer.alloc(0), set: () => undefined }
  const probes = new Probes({ draining: () => isDraining, unwritable: async () => reason })
  await probes.ready(ctx as unknown as RouterContext)
  return [ctx.status, JSON.parse(ctx.body.toString())]
}

describe('the probes', () => {
  it('say that the process is alive and takes requests', async () => {
    for (const [path, status] of Object.entries({ '/livez': 'alive', '/readyz': 'ready' })) {
      const answer = expect(await server.get(path), 200)
      assert.deepEqual(answer.json(), { status })
      assert.equal(answer.headers['content-type'], 'application/json')
    }
  })

  it('say why it takes none: no writes, or the end is near', async () => {
    const reason = 'the disk is full'
    assert.deepEqual(await readiness(), [200, { status: 'ready' }])
    assert.deepEqual(await readiness(reason), [503, { status: 'not ready', reason }])
    assert.deepEqual(await readiness(undefined, true), [
      503,
      { status: 'not ready', reason: 'the registry is shutting down' },
    ])
  })
})
