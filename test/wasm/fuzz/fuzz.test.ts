import { describe, it } from 'node:test'
import { caseOf, check } from './cases.ts'

const SEED = 20_261_124
const CASES = 20_000

describe('mutations of modules, components and archives', () => {
  it(`${CASES} cases: no throw, no bound exceeded, no valid module called a lie`, () => {
    for (let index = 0; index < CASES; index++) {
      try {
        check(caseOf(SEED, index), index)
      } catch (cause) {
        throw new Error(`case ${index} of seed ${SEED}`, { cause })
      }
    }
  })
})
