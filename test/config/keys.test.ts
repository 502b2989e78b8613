import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { configSchema } from '../../src/config.ts'
import { settingsOf } from '../../src/config/environment.ts'
import { jsonSchemaOf, keys, keysOf } from '../../src/config/keys.ts'
import { formatInvalid } from '../../src/config/problems.ts'
import { maskedYaml } from '../../src/config/print.ts'
import { key, section } from '../../src/config/key.ts'
import { integer, text } from '../../src/config/kinds.ts'

/** Kinds of key that the configuration does not have: a secret, a list, a key without default. */
const schema = z.strictObject({
  tokens: section({
    signingKey: key(text(), { default: 'hunter2', description: 'The key.', secret: true }),
    lifetime: key(integer({ from: 1, to: 9 }), { default: 3, description: 'The time.' }),
    hosts: z.array(z.string()).optional().meta({ description: 'The hosts.', allowed: 'a list' }),
  }),
})

describe('the keys of the configuration', () => {
  it('have environment names and flags that are made from the path', () => {
    const found = keys.find(({ path }) => path === 'limits.manifestSize')
    assert.equal(found?.environment, 'WASMOOR_LIMITS_MANIFEST_SIZE')
    assert.equal(found.flag, '--limits-manifest-size')
    assert.equal(found.default, '4MiB')
  })

  it('are unique by path, environment name and flag', () => {
    for (const name of ['path', 'environment', 'flag'] as const) {
      assert.equal(new Set(keys.map((each) => each[name])).size, keys.length)
    }
  })

  it('have a description, allowed values and a placeholder', () => {
    for (const { path, description, allowed, placeholder } of keys) {
      assert.match(description, /^.{10,}\.$/, path)
      assert.notEqual(allowed, '', path)
      assert.notEqual(placeholder, '', path)
    }
  })

  it('are not mistaken for variables that Kubernetes sets', () => {
    for (const { environment } of keys) assert.equal(settingsOf({ [environment]: '1' }).length, 1)
  })

  it('can be lists, secrets and without a default', () => {
    const [signingKey, lifetime, hosts] = keysOf(schema)
    assert.deepEqual([signingKey?.secret, signingKey?.isText], [true, true])
    assert.deepEqual([lifetime?.secret, lifetime?.isText, lifetime?.default], [false, false, '3'])
    assert.deepEqual([hosts?.path, hosts?.isText, hosts?.default], ['tokens.hosts', false, ''])
  })
})

describe('a secret key', () => {
  it('is masked when the configuration is printed', () => {
    const printed = maskedYaml(schema, schema.parse({ tokens: { hosts: ['a'] } }))
    assert.equal(printed, 'tokens:\n  signingKey: "********"\n  lifetime: 3\n  hosts:\n    - a\n')
  })

  it('is not in the error that rejects its value', () => {
    const [signingKey] = keysOf(schema)
    assert.ok(signingKey)
    const message = formatInvalid(signingKey, 'hunter2', 'flag --tokens-signing-key')
    assert.match(message, /^tokens\.signingKey: its value \(flag/)
    assert.doesNotMatch(message, /hunter2/)
  })

  it('is marked in the JSON Schema', () => {
    const marked = JSON.stringify(jsonSchemaOf(schema))
    assert.match(marked, /"writeOnly":true/)
    assert.doesNotMatch(marked, /"secret"|"allowed"|"placeholder"/)
    assert.doesNotMatch(
      JSON.stringify(jsonSchemaOf(configSchema)),
      /"secret"|"allowed"|"placeholder"/,
    )
  })
})
