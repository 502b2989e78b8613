import assert from 'node:assert/strict'
import type { IndexTest } from '../../support/open-index.ts'

/** Tests for {@link Leases} of every index. */
export function leaseIndexTests(test: IndexTest): void {
  const kind = 'removals'

  test('keeps leases of several holders until each is released', async ({ leases }) => {
    const one = { kind, id: 'one', holder: 'backup', renewedAt: 1, expiresAt: 10 } as const
    const two = { ...one, id: 'two', holder: 'copy' }
    await leases.take(two)
    await leases.take(one)
    assert.deepEqual(await leases.list(kind), [one, two])
    assert.equal(await leases.release(kind, 'one'), true)
    assert.equal(await leases.release(kind, 'one'), false, 'it was released before')
    assert.deepEqual(await leases.list(kind), [two])
  })

  test('renews a lease, unless it is gone', async ({ leases }) => {
    const lease = { kind, id: 'one', holder: 'backup', renewedAt: 1, expiresAt: 10 } as const
    const later = { kind, id: 'one', renewedAt: 9, expiresAt: 19 } as const
    assert.equal(await leases.renew(later), false)
    assert.deepEqual(await leases.list(kind), [], 'renewing takes no lease')
    await leases.take(lease)
    assert.equal(await leases.renew(later), true)
    assert.deepEqual(await leases.list(kind), [{ ...lease, ...later }])
  })
}
