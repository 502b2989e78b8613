import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ServerKind } from './server.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Compiles what has changed: figures of yesterday's build would be wrong ones. */
export async function buildWasmoor(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(repository, 'scripts/build-stale.mjs')])
}

export const wasmoor: ServerKind = {
  name: 'wasmoor',
  content: 'registry',
  remark: 'durable defaults: every push is fsynced before its answer; access log on',
  async version() {
    await buildWasmoor()
    const manifest = await readFile(join(repository, 'package.json'), 'utf8')
    return (JSON.parse(manifest) as { version: string }).version
  },
  command: async ({ port, directory }) => ({
    file: join(repository, 'bin/wasmoor'),
    arguments: ['serve', '--port', `${port}`, '--data', join(directory, 'data')],
  }),
}
