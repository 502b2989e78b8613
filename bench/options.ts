import { parseArgs } from 'node:util'

export interface Options {
  readonly only: readonly string[] | undefined
  readonly servers: readonly string[] | undefined
  /** Directory of another checkout of Wasmoor, measured as the server `other`. */
  readonly beside: string | undefined
  readonly rounds: number
  readonly seconds: number
  readonly manyTags: number
  /**
   * Whether all servers and scenarios are measured at full length: only then RESULTS.md is written.
   */
  readonly complete: boolean
}

const USAGE = `npm run bench -- [options]
  --only a,b       only these scenarios
  --servers a,b    only these servers
  --beside DIR     measure another checkout, too, as the server other (run npm ci there)
  --rounds N       rounds per scenario (5)
  --quick          one short round and fewer tags, as a smoke test
Without options, everything is measured, and bench/RESULTS.md is written.`

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
    complete: only === undefined && servers === undefined && beside === undefined && !quick,
  }
}
