import assert from 'node:assert/strict'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { LineFile } from '../../../src/observability/audit/line-file.ts'
import { KeptLog } from '../../support/kept-log.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const directory = await temporaryDirectory({ after })

describe('a file of lines', () => {
  it('a file of lines is added to, in order, whatever is there', async () => {
    const path = join(directory, 'added')
    await writeFile(path, 'before\n')
    const file = await LineFile.open(path, new KeptLog())
    for (let line = 0; line < 1000; line++) file.write(`${line}\n`)
    await file.close()
    const expected = ['before', ...Array.from({ length: 1000 }, (_, line) => line)]
    assert.equal(await readFile(path, 'utf8'), `${expected.join('\n')}\n`)
  })

  it('a file of lines is made again when it was moved away', async () => {
    const path = join(directory, 'rotated')
    const file = await LineFile.open(path, new KeptLog())
    file.write('one\n')
    await file.close()
    const again = await LineFile.open(path, new KeptLog())
    await rename(path, `${path}.1`)
    again.write('two\n')
    await again.close()
    assert.equal(await readFile(`${path}.1`, 'utf8'), 'one\n')
    assert.equal(await readFile(path, 'utf8'), 'two\n')
  })

  it('a file of lines keeps its lines while it cannot be written, and says so', async () => {
    const path = join(directory, 'blocked', 'audit')
    await mkdir(join(directory, 'blocked'))
    const log = new KeptLog()
    const file = await LineFile.open(path, log)
    await rename(join(directory, 'blocked'), join(directory, 'gone'))
    file.write('kept\n')
    await log.line(({ message }) => message === 'the audit log cannot be written')
    await mkdir(join(directory, 'blocked'))
    await log.line(({ message }) => message === 'the audit log is written again')
    await file.close()
    assert.equal((await readFile(path, 'utf8')).trim(), 'kept')
  })

  it('a file of lines stops the start where it cannot be opened', async () => {
    const path = join(directory, 'absent', 'audit')
    await assert.rejects(LineFile.open(path, new KeptLog()), /^Error: audit\.output .*ENOENT/)
  })
})
