import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { parse } from 'yaml'
import { configCommand } from '../../src/cli/config.ts'
import { run } from '../../src/cli/run.ts'

const directory = mkdtempSync(join(tmpdir(), 'wasmoor-config-'))
after(() => rmSync(directory, { recursive: true }))

async function config(...words: string[]): Promise<string> {
  let printed = ''
  await run(['config', ...words], [configCommand], (text) => (printed += text))
  return printed
}

describe('wasmoor config', () => {
  it('prints the configuration in effect as a file with the same meaning', async () => {
    const file = join(directory, 'config.yaml')
    writeFileSync(file, 'limits: { blobSize: 5GiB }\n')
    const printed = await config(file, '--http-idle-timeout', '90s')
    writeFileSync(file, printed)
    assert.equal(await config(file), printed)
    const { limits, http } = parse(printed) as Record<string, Record<string, unknown>>
    assert.deepEqual([limits?.['blobSize'], http?.['idleTimeout']], ['5GiB', '90s'])
  })

  it('prints the JSON Schema and the reference even if the configuration is invalid', async () => {
    const schema = JSON.parse(await config('--schema', '--port', 'x')) as {
      additionalProperties: boolean
    }
    assert.equal(schema.additionalProperties, false)
    assert.match(await config('--reference', '--port', 'x'), /^# Configuration\n/)
    await assert.rejects(config('--port', 'x'), /flag --port/)
  })
})
