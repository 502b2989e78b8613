import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { RouterContext } from '@koa/router'
import { Probes } from '../../src/http/probes.ts'
import type { Index } from '../../storage/index.ts'
import { expect } from '../support/expected-answers.ts'
import { startTestServer } from '../support/server.ts'

const server = await startTestServer()
after(() => server.stop())

/** What /readyz answers over an index in that state. */
async function readiness(health: Index['health'], draining = false): Promise<[number, unknown]> {
  const ctx = { status: 404, body: Buffer.alloc(0), set: () => undefined }
  await new Probes({ health } as Index, () => draining).ready(ctx as unknown as RouterContext)
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
    assert.deepEqual(await readiness({ writable: true }), [200, { status: 'ready' }])
    assert.deepEqual(await readiness({ writable: false, reason }), [
      503,
      { status: 'not ready', reason },
    ])
    assert.deepEqual(await readiness({ writable: true }, true), [
      503,
      { status: 'not ready', reason: 'the registry is shutting down' },
    ])
  })
})
