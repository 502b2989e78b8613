import { describe, it } from 'node:test'
import { caseOf, check } from './cases.ts'
import { borders } from './mutations.ts'
import { ARCHIVES, SEEDS } from './seeds.ts'

const SEED = 20_261_124
const CASES = 100_000

describe('the reader on mutated modules, components and archives', () => {
  it('the reader on mutated modules, components and archives reads every seed cut at, before and after each section border', () => {
    for (const file of SEEDS) {
      for (const border of borders(file).flatMap((at) => [at - 1, at, at + 1])) {
        check({ file: file.subarray(0, border), isArchive: false }, 0)
      }
    }
    for (const file of ARCHIVES) {
      for (let end = 0; end <= file.length; end += 64) {
        check({ file: file.subarray(0, end), isArchive: true }, 0)
      }
    }
  })

  it(`the reader on mutated modules, components and archives reads ${CASES} mutations without a throw, within its bounds, and valid modules as valid`, () => {
    for (let index = 0; index < CASES; index++) {
      try {
        check(caseOf(SEED, index), index)
      } catch (cause) {
        throw new Error(`case ${index} of seed ${SEED}`, { cause })
      }
    }
  })
})
