import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { startClosedServer } from '../support/closed-server.ts'

const closed = await startClosedServer({ users: ['alice'] })
after(() => closed.stop())

describe('GET /', () => {
  it('is 200 for everybody: scripts ask there whether the registry answers', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await closed.server.send(method, '/')
      assert.equal(status, 200)
      assert.equal(headers['docker-distribution-api-version'], 'registry/2.0')
    }
  })
})
