import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { configAsJsonSchema, configAsMarkdown, configAsYaml } from '../../src/config/print.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')

describe('the documents generated from the schema', () => {
  for (const [path, made] of [
    ['config.schema.json', configAsJsonSchema()],
    ['docs/configuration.md', configAsMarkdown()],
  ] as const) {
    it(`include an up-to-date ${path} (npm run generate)`, () => assert.equal(read(path), made))
  }

  it('print sizes and durations with units', () => {
    const yaml = configAsYaml(loadConfig({ environment: { WASMOOR_UPLOADS_EXPIRY: '90m' } }))
    assert.match(yaml, /^uploads:\n {2}expiry: 90m$/m)
    assert.match(yaml, /^ {2}manifestSize: 4MiB$/m)
  })
})
