import { parseArgs } from 'node:util'

export interface Options {
  readonly only: readonly string[] | undefined
  readonly servers: readonly string[] | undefined
  /** Directory of another checkout of Wasmoor, measured as the server `other`. */
  readonly beside: string | undefined
  readonly rounds: number
  readonly seconds: number
  readonly manyTags: number
  /** Only a run of everything, at full length, may say what RESULTS.md says. */
  readonly whole: boolean
}

const USAGE = `npm run bench -- [options]
  --only a,b       only these scenarios
  --servers a,b    only these servers
  --beside DIR     Wasmoor from another checkout too, where npm ci was run, as the server other
  --rounds N       rounds per scenario (5)
  --quick          one short round, and fewer tags: does it work?
Without options, all is measured, and bench/RESULTS.md is written.`

export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string' },
      servers: { type: 'string' },
      beside: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    process.exit(0)
  }
  const { only, servers, beside, quick } = values
  const rounds = Number(values.rounds ?? (quick ? 1 : 5))
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds ${values.rounds}: 1 or more`)
  return {
    only: only?.split(','),
    servers: servers?.split(','),
    beside,
    rounds,
    seconds: quick ? 1 : 3,
    manyTags: quick ? 500 : 10_000,
    whole: only === undefined && servers === undefined && beside === undefined && !quick,
  }
}
