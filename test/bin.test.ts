import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { repository } from './cli/process.ts'
import { temporaryDirectory } from './support/temporary-directory.ts'

interface Result {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

/** A directory with bin/wasmoor and a compiled program that prints its arguments. */
async function install(test: TestContext): Promise<string> {
  const directory = await temporaryDirectory(test)
  await cp(join(repository, 'bin'), join(directory, 'bin'), { recursive: true })
  await mkdir(join(directory, 'dist/src'), { recursive: true })
  await writeFile(
    join(directory, 'dist/src/main.js'),
    'console.log(...process.argv.slice(2), process.env.UV_THREADPOOL_SIZE)',
  )
  return directory
}

/** A directory for PATH, with the tools that the script needs and a `node` of this version. */
async function pathWithNode(directory: string, version: string | undefined): Promise<string> {
  const tools = join(directory, 'tools')
  await mkdir(tools)
  await symlink('/usr/bin/readlink', join(tools, 'readlink'))
  if (version === undefined) return tools
  const node = `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo "node $*"; fi\n`
  await writeFile(join(tools, 'node'), node)
  await chmod(join(tools, 'node'), 0o755)
  return tools
}

function run(program: string, path: string, ...words: string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(program, words, { env: { PATH: path } }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    )
  })
}

describe('bin/wasmoor', () => {
  for (const version of ['v20.20.2', 'v24.11.9', undefined] as const)
    it(`refuses to start with ${version ?? 'no'} Node on PATH, and names the version needed`, async (test) => {
      const directory = await install(test)
      const path = await pathWithNode(directory, version)
      const { code, stdout, stderr } = await run(join(directory, 'bin/wasmoor'), path, 'version')
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, /^wasmoor: Node\.js 24\.12 or newer is required/)
      assert.ok(stderr.includes(`PATH has ${version ?? 'none'}`), stderr)
    })

  for (const version of ['v24.12.0', 'v26.0.0'])
    it(`starts the compiled program with Node ${version} on PATH`, async (test) => {
      const directory = await install(test)
      const path = await pathWithNode(directory, version)
      const { code, stdout } = await run(join(directory, 'bin/wasmoor'), path, 'serve', '--port=1')
      assert.equal(code, 0)
      assert.match(stdout, /^node .*\/dist\/src\/main\.js serve --port=1\n$/)
    })

  it('prefers the Node of a checkout, also when it is called by a symbolic link', async (test) => {
    const directory = await install(test)
    await mkdir(join(directory, 'node_modules/.bin'), { recursive: true })
    await symlink(process.execPath, join(directory, 'node_modules/.bin/node'))
    await symlink(join(directory, 'bin/wasmoor'), join(directory, 'link'))
    const path = await pathWithNode(directory, 'v20.20.2')
    const result = await run(join(directory, 'link'), path, 'help', 'a b')
    assert.deepEqual(result, { code: 0, stdout: 'help a b 8\n', stderr: '' })
  })
})
