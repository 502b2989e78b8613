import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { CONSUMER_NAMES } from '../../src/config/wasm.ts'
import { CONSUMERS } from '../../src/wasm/assess/matrix.ts'

const load = (policies: string) =>
  loadConfig({ flags: new Map([['wasm.policies', policies]]), environment: {} }).wasm.policies

describe('wasm.policies', () => {
  it('allows exactly the consumers that exist', () => {
    assert.deepEqual(
      [...CONSUMER_NAMES],
      CONSUMERS.map(({ id }) => id),
    )
  })

  it('accepts each mode with its fields', () => {
    const rules = [
      { repositories: ['a/**'], mode: 'off' },
      { repositories: ['b', 'c/*'], mode: 'warn' },
      { repositories: ['d'], mode: 'warn', consumers: [] },
      { repositories: ['**'], mode: 'enforce', consumers: ['istio', 'wkg'] },
    ]
    assert.deepEqual(load(JSON.stringify(rules)), rules)
  })

  it('rejects invalid policies, naming the allowed values', () => {
    for (const rule of [
      '{repositories: [a], mode: enforce}',
      '{repositories: [a], mode: enforce, consumers: []}',
      '{repositories: [a], mode: enforce, consumers: [nginx]}',
      '{repositories: [a], mode: off, consumers: [istio]}',
      '{repositories: [], mode: warn}',
      '{mode: warn}',
      '{repositories: [a], mode: warm}',
    ])
      assert.throws(() => load(`[${rule}]`), /wasm\.policies.*mode: off, warn, enforce/s, rule)
  })
})
