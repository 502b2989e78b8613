import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { CONSUMERS } from '../../src/wasm/consumers/all.ts'

const load = (policies: string) =>
  loadConfig({ flags: new Map([['wasm.policies', policies]]), environment: {} }).wasm.policies

describe('wasm.policies', () => {
  it('accepts every consumer', () => {
    const policy = { repositories: ['a'], mode: 'warn', consumers: CONSUMERS.map(({ id }) => id) }
    assert.deepEqual(load(JSON.stringify([policy])), [policy])
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
