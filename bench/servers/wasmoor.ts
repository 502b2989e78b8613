import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ServerKind } from './server.ts'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

/** Compiles the sources that changed since the last build. */
export async function buildWasmoor(checkout: string = REPOSITORY): Promise<void> {
  await promisify(execFile)(process.execPath, [join(checkout, 'scripts/build-stale.mjs')])
}

export const wasmoor: ServerKind = wasmoorOf('wasmoor', REPOSITORY)

/** Wasmoor built from another checkout, in which `npm ci` was run, to compare two versions. */
export function otherWasmoor(checkout: string): ServerKind {
  return wasmoorOf('other', resolve(checkout))
}

function wasmoorOf(name: string, checkout: string): ServerKind {
  return {
    name,
    content: 'registry',
    remark: 'durable defaults: every push is fsynced before its answer; access log on',
    async version() {
      await buildWasmoor(checkout)
      const manifest = await readFile(join(checkout, 'package.json'), 'utf8')
      return (JSON.parse(manifest) as { version: string }).version
    },
    command: async ({ port, directory }) => ({
      file: join(checkout, 'bin/wasmoor'),
      arguments: ['serve', '--port', `${port}`, '--data', join(directory, 'data')],
    }),
  }
}
