import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { wasmoor, repository } from './process.ts'

it('wasmoor version prints the version of the package', async () => {
  const text = readFileSync(join(repository, 'package.json'), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  for (const spelling of ['version', '--version']) {
    const { code, stdout } = await wasmoor(spelling).ended
    assert.deepEqual([code, stdout], [0, `wasmoor ${version}\n`])
  }
})
