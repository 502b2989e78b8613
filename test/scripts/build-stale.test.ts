import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { repository } from '../cli/process.ts'

let root: string

const path = (name: string) => join(root, name)

/** Writes a file that was last changed an hour ago. */
function oldFile(name: string, text = '') {
  const file = path(name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  for (const each of [file, dirname(file)]) age(each)
}

const age = (file: string) => utimesSync(file, Date.now() / 1000 - 3600, Date.now() / 1000 - 3600)

/** Counts its runs, as the compiler beside it does. */
const CONSOLE = `import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
mkdirSync('dist', { recursive: true })
appendFileSync('console-runs', 'x')
process.exit(existsSync('broken-console') ? 1 : 0)
`

const lengthOf = (name: string) =>
  existsSync(path(name)) ? readFileSync(path(name), 'utf8').length : 0

/** Runs the script beside a compiler and a bundler that only count their runs. */
function build(): { status: number | null; runs: number; console: number } {
  const { status } = spawnSync(process.execPath, [path('scripts/build-stale.mjs')])
  return { status, runs: lengthOf('runs'), console: lengthOf('console-runs') }
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wasmoor-build-'))
  mkdirSync(path('scripts'))
  copyFileSync(join(repository, 'scripts/build-stale.mjs'), path('scripts/build-stale.mjs'))
  for (const name of ['src/oci/a.ts', 'storage/b.ts', 'tsconfig.json', 'tsconfig.build.json'])
    oldFile(name)
  oldFile('console/parts/c.tsx')
  for (const name of ['src', 'console']) age(path(name))
  oldFile('scripts/build-console.mjs', CONSOLE)
  oldFile('node_modules/.bin/tsc', '#!/bin/sh\nmkdir -p dist\nprintf x >> runs\ntest ! -e broken\n')
  chmodSync(path('node_modules/.bin/tsc'), 0o755)
})

afterEach(() => rmSync(root, { recursive: true }))

describe('scripts/build-stale.mjs', () => {
  it('builds once, then only what is stale', () => {
    assert.deepEqual(build(), { status: 0, runs: 1, console: 1 })
    assert.deepEqual(build(), { status: 0, runs: 1, console: 1 })
  })

  for (const [change, make, console] of [
    ['a source that changed', () => writeFileSync(path('src/oci/a.ts'), 'changed'), 1],
    ['a source that is new', () => writeFileSync(path('storage/c.ts'), ''), 1],
    ['a source that is gone', () => rmSync(path('src/oci/a.ts')), 1],
    ['the settings of the compiler', () => writeFileSync(path('tsconfig.json'), '{}'), 1],
    ['a lost dist', () => rmSync(path('dist'), { recursive: true }), 2],
  ] as const) {
    it(`notices ${change}`, () => {
      build()
      make()
      assert.deepEqual(build(), { status: 0, runs: 2, console })
      assert.deepEqual(build(), { status: 0, runs: 2, console })
    })
  }

  it('fails when the compiler does, and tries again the next time', () => {
    writeFileSync(path('broken'), '')
    assert.deepEqual(build(), { status: 1, runs: 1, console: 0 })
    rmSync(path('broken'))
    assert.deepEqual(build(), { status: 0, runs: 2, console: 1 })
  })

  it('builds the console alone where only that is stale', () => {
    build()
    writeFileSync(path('console/parts/c.tsx'), 'changed')
    assert.deepEqual(build(), { status: 0, runs: 1, console: 2 })
    writeFileSync(path('console/parts/d.tsx'), '')
    writeFileSync(path('broken-console'), '')
    assert.deepEqual(build(), { status: 1, runs: 1, console: 3 })
    rmSync(path('broken-console'))
    assert.deepEqual(build(), { status: 0, runs: 1, console: 4 })
    assert.deepEqual(build(), { status: 0, runs: 1, console: 4 })
  })

  it('fails without a compiler', () => {
    rmSync(path('node_modules'), { recursive: true })
    assert.deepEqual(build(), { status: 1, runs: 0, console: 0 })
  })
})
