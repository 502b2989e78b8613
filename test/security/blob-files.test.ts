import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { getBlob } from '../../src/http/handlers/blobs.ts'
import type { HandlerContext } from '../../src/http/route.ts'
import type { Registry } from '../../src/registry/registry.ts'
import { digest } from '../support/manifest-texts.ts'

const DIGEST = digest('a blob')

/** A registry whose blob is opened when the test says so; counts open readers. */
function registryWith(open: Promise<void>) {
  const state = { open: 0 }
  const reader = {
    size: 6,
    async *[Symbol.asyncIterator]() {
      yield Buffer.from('a blob')
    },
    close: async () => void state.open--,
  }
  const blobs = {
    stat: async () => ({ digest: DIGEST, size: 6, key: 'k' }),
    open: async () => {
      await open
      state.open++
      return reader
    },
  }
  return { registry: { blobs } as unknown as Registry, state }
}

function context() {
  const res = Object.assign(new EventEmitter(), { closed: false })
  const ctx = {
    params: { name: 'a', digest: DIGEST },
    method: 'GET',
    req: { headers: {} },
    res,
    set: () => undefined,
  } as unknown as HandlerContext<'name' | 'digest'>
  const leave = () => {
    res.closed = true
    res.emit('close')
  }
  return { ctx, leave }
}

describe('the file of a blob', () => {
  it('H3: is closed if the client leaves before it is open', async () => {
    const { promise: opened, resolve: open } = Promise.withResolvers<void>()
    const { registry, state } = registryWith(opened)
    const { ctx, leave } = context()
    const handled = getBlob(registry)(ctx)
    leave()
    open()
    await handled
    await turn()
    assert.equal(state.open, 0)
  })

  it('H3: is closed if the client leaves before anything is sent', async () => {
    const { registry, state } = registryWith(Promise.resolve())
    const { ctx, leave } = context()
    await getBlob(registry)(ctx)
    assert.equal(state.open, 1)
    leave()
    await turn()
    assert.equal(state.open, 0)
  })
})
