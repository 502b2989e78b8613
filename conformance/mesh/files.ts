import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CONFIG_FILE, RUNTIME_CONFIG } from '../clients/artifacts.ts'
import { execute } from '../execute.ts'
import type { Site } from './site.ts'

export const filter = 'filter.wasm'
export const component = 'calculator.wasm'
/** A tar with the filter as plugin.wasm. */
export const archive = 'plugin.tar.gz'
export const empty = 'empty.json'
/** The parts of an application of Spin beside its components. */
export const spinConfig = 'spin-config.json'
export const spinLock = 'spin-lock.json'

/** Makes the files that are pushed. */
export async function prepare(site: Site): Promise<void> {
  const at = (name: string) => join(site.workshop, name)
  const wat2wasm = await site.client('wat2wasm')
  await wat2wasm.run([join(import.meta.dirname, '../../examples/filter/filter.wat'), '-o', filter])
  const fixture = '../../test/wasm/fixtures/calculator.component.wasm'
  await copyFile(join(import.meta.dirname, fixture), at(component))
  await copyFile(at(filter), at('plugin.wasm'))
  await writeFile(at(CONFIG_FILE), RUNTIME_CONFIG)
  await writeFile(at(empty), '{}')
  await writeFile(
    at(spinConfig),
    '{"architecture":"wasm","os":"Wasip1","rootfs":{"type":"layers","diff_ids":[]}}',
  )
  await writeFile(at(spinLock), '{"spin_lock_version":1,"triggers":[],"components":[]}')
  await writeFile(at('README.md'), '# A filter\n')
  await writeFile(at('spec.yaml'), 'apiVersion: 1.0.0\ninfo: {name: demo, version: 1.0.0}\n')
  await tar(site, archive, 'plugin.wasm')
  await tar(site, 'other.tar.gz', filter)
}

async function tar({ workshop }: Site, target: string, ...files: string[]): Promise<void> {
  const { exitCode, stderr } = await execute('tar', ['-czf', target, ...files], {
    directory: workshop,
  })
  if (exitCode !== 0) throw new Error(stderr)
}
