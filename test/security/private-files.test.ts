import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, rename, rm, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { BackupDirectory } from '../../storage/backup/directory.ts'
import { importRegistryCommand } from '../../src/cli/import-registry.ts'
import { run } from '../../src/cli/run.ts'
import { terminalText } from '../../src/cli/terminal-text.ts'
import { DistributionTree } from '../support/distribution-tree.ts'
import { startTestServer } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

describe('the files of a registry', () => {
  it('L1: a data directory is for its owner alone, new or not', async (test) => {
    const folder = await temporaryDirectory(test)
    const old = join(folder, 'old')
    await mkdir(old)
    await chmod(old, 0o755)
    for (const data of [old, join(folder, 'new')]) {
      const server = await startTestServer({ data }, test)
      assert.equal(await modeOf(data), 0o700)
      await server.stop()
    }
  })

  it('L1: an existing directory of a backup is made private', async (test) => {
    const folder = await temporaryDirectory(test)
    const [data, target] = [join(folder, 'data'), join(folder, 'target')]
    await mkdir(data)
    await mkdir(target)
    await chmod(target, 0o755)
    await BackupDirectory.begin(target, data)
    assert.equal(await modeOf(target), 0o700)
  })
})

describe('a hostile tree', () => {
  it('L6: a pipe is refused instead of waited for', async (test) => {
    const { tree, data, importTree } = await open(test)
    const path = data(await tree.layer('a', 'blob'))
    await rm(path)
    await promisify(execFile)('mkfifo', [path])
    await assert.rejects(importTree(), /not a regular file/)
  })

  it('L6: symbolic links are not followed', async (test) => {
    const { tree, folder, data, importTree } = await open(test)
    const path = data(await tree.layer('a', 'blob'))
    await rename(path, join(folder, 'elsewhere'))
    await symlink(join(folder, 'elsewhere'), path)
    await assert.rejects(importTree(), /not a regular file/)
  })

  it('L6: directories outside of the tree are not entered', async (test) => {
    const { tree, folder, data, importTree } = await open(test)
    const above = join(data(await tree.layer('a', 'blob')), '..')
    await rename(above, join(folder, 'elsewhere'))
    await symlink(join(folder, 'elsewhere'), above)
    await assert.rejects(importTree(), /not a regular file of this tree/)
  })

  it('L6: names are printed without control characters', async (test) => {
    const { tree, importTree } = await open(test)
    await tree.layer('a\u001b]0;owned\u0007\u009b31m\u202e\nb', 'blob')
    const printed = await importTree()
    assert.match(printed, /a\{1b\}]0;owned\{7\}\{9b\}31m\{202e\}\{a\}b: invalid repository name/)
  })

  it('L5: messages for a terminal have no control characters, and may have lines', () => {
    assert.equal(terminalText('a\u001b[31m\r\n'), 'a{1b}[31m{d}{a}')
    assert.equal(terminalText('a\nb 中文 "c"', { lines: true }), 'a\nb 中文 "c"')
  })
})

async function open(test: TestContext) {
  const folder = await temporaryDirectory(test)
  const tree = new DistributionTree(join(folder, 'tree'))
  const server = await startTestServer({}, test)
  return {
    folder,
    tree,
    data: (digest: string) => {
      const hex = digest.slice('sha256:'.length)
      return join(tree.root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data')
    },
    importTree: async () => {
      let printed = ''
      const flags = ['--port', String(server.port), '--data', server.data]
      await run(
        ['import-registry', tree.root, ...flags],
        [importRegistryCommand],
        (text) => (printed += text),
      )
      return printed
    },
  }
}
