import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { repository } from '../cli/process.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** Builds the console to a folder of its own, whatever dist has. */
export async function buildConsole(
  test: Parameters<typeof temporaryDirectory>[0],
): Promise<string> {
  const directory = await temporaryDirectory(test)
  const script = join(repository, 'scripts/build-console.mjs')
  const { status, stderr } = spawnSync(process.execPath, [script, directory], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return directory
}
