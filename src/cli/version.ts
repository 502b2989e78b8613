import { existsSync, readFileSync } from 'node:fs'
import type { Command } from './command.ts'

export const versionCommand: Command = {
  name: 'version',
  summary: 'Prints the version',
  operands: [],
  options: {},
  usesConfig: false,
  async run({ print }) {
    print(`wasmoor ${version()}\n`)
    return 0
  },
}

/** The version in package.json, which is above both src and dist. */
export function version(): string {
  let manifest = new URL('../package.json', import.meta.url)
  while (!existsSync(manifest)) manifest = new URL('../package.json', manifest)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}
