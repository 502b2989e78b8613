import { ToolUnavailable } from './tools/cache.ts'

export type Verdict = 'PASS' | 'FAIL' | 'NOT RUN'

/** A step has nothing to work on, because one before it did not pass. */
export class NothingToWorkOn extends Error {}

/** Takes a step and prints what came of it. A tool that cannot be had is no failure of the step. */
export async function takeStep(name: string, step: () => Promise<void>): Promise<Verdict> {
  try {
    await step()
    console.log(`  PASS     ${name}`)
    return 'PASS'
  } catch (error) {
    const isMissing = error instanceof ToolUnavailable || error instanceof NothingToWorkOn
    const verdict = isMissing ? 'NOT RUN' : 'FAIL'
    console.log(`  ${verdict.padEnd(7)}  ${name}`)
    console.log(
      (error instanceof Error ? error.message : String(error)).replace(/^/gm, ' '.repeat(11)),
    )
    return verdict
  }
}
