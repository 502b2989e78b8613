import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const root = join(import.meta.dirname, '..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>
}

/** The files that an npm script gives to the test runner. */
const filesOf = (script: string) => {
  const [, pattern = ''] = /'(test\/[^']+)'$/.exec(scripts[script] ?? '') ?? []
  return globSync(pattern, { cwd: root })
}

describe('the lengths of the tests', () => {
  it('every file that registers tests is run by exactly one of npm test and npm run test:slow', () => {
    const registering = globSync('test/**/*.ts', { cwd: root }).filter((path) =>
      /^(?:describe|it|test)\(/m.test(readFileSync(join(root, path), 'utf8')),
    )
    // Contracts are functions that the tests of each engine call.
    const expected = registering.filter((path) => !path.endsWith('.contract.ts'))
    const run = [...filesOf('test'), ...filesOf('test:slow')]
    assert.ok(run.length > 100)
    assert.equal(new Set(run).size, run.length)
    assert.deepEqual(
      expected.filter((path) => !run.includes(path)),
      [],
    )
  })
})
