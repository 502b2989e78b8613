import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { configSchema } from '../../src/config.ts'
import { settingsOf } from '../../src/config/environment.ts'
import { jsonSchemaOf, keys, keysOf } from '../../src/config/keys.ts'
import { refusal } from '../../src/config/problems.ts'
import { maskedYaml } from '../../src/config/print.ts'
import { key, section, text, whole } from '../../src/config/values.ts'

/** What a later room may bring: a secret, a list, a key without default. */
const schema = z.strictObject({
  tokens: section({
    signingKey: key(text(), { default: 'hunter2', meaning: 'The key.', secret: true }),
    lifetime: key(whole({ from: 1, to: 9 }), { default: 3, meaning: 'The time.' }),
    hosts: z.array(z.string()).optional().meta({ description: 'The hosts.', allowed: 'a list' }),
  }),
})

describe('the keys of the configuration', () => {
  it('have names made from their path', () => {
    const found = keys.find(({ path }) => path === 'limits.manifestSize')
    assert.equal(found?.environment, 'WASMOOR_LIMITS_MANIFEST_SIZE')
    assert.equal(found.flag, '--limits-manifest-size')
    assert.equal(found.default, '4MiB')
  })

  it('are told apart by every one of their names', () => {
    for (const name of ['path', 'environment', 'flag'] as const) {
      assert.equal(new Set(keys.map((each) => each[name])).size, keys.length)
    }
  })

  it('have a meaning and say what they take', () => {
    for (const { path, meaning, allowed } of keys) {
      assert.match(meaning, /^.{10,}\.$/, path)
      assert.notEqual(allowed, '', path)
    }
  })

  it('are never taken for something that Kubernetes injects', () => {
    for (const { environment } of keys) assert.equal(settingsOf({ [environment]: '1' }).length, 1)
  })

  it('can be lists, secrets, and without default', () => {
    const [signingKey, lifetime, hosts] = keysOf(schema)
    assert.deepEqual([signingKey?.secret, signingKey?.isText], [true, true])
    assert.deepEqual([lifetime?.secret, lifetime?.isText, lifetime?.default], [false, false, '3'])
    assert.deepEqual([hosts?.path, hosts?.isText, hosts?.default], ['tokens.hosts', false, ''])
  })
})

describe('a secret', () => {
  it('is masked when the configuration is printed', () => {
    const printed = maskedYaml(schema, schema.parse({ tokens: { hosts: ['a'] } }))
    assert.equal(printed, 'tokens:\n  signingKey: "********"\n  lifetime: 3\n  hosts:\n    - a\n')
  })

  it('is not in the message that refuses it', () => {
    const [signingKey] = keysOf(schema)
    assert.ok(signingKey)
    const message = refusal(signingKey, 'hunter2', 'flag --tokens-signing-key')
    assert.match(message, /^tokens\.signingKey: its value \(flag/)
    assert.doesNotMatch(message, /hunter2/)
  })

  it('is marked in the JSON Schema', () => {
    const marked = JSON.stringify(jsonSchemaOf(schema))
    assert.match(marked, /"writeOnly":true/)
    assert.doesNotMatch(marked, /"secret"|"allowed"/)
    assert.doesNotMatch(JSON.stringify(jsonSchemaOf(configSchema)), /"secret"|"allowed"/)
  })
})
