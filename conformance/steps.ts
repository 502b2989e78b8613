import { exitCodes } from './command-line.ts'
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

/** Prints what came of all steps, and gives the exit code that says it. */
export function concludeSteps(verdicts: readonly Verdict[]): number {
  const count = (wanted: Verdict) => verdicts.filter((verdict) => verdict === wanted).length
  const [failed, notRun] = [count('FAIL'), count('NOT RUN')]
  console.log(`\n${count('PASS')} steps passed, ${failed} failed, ${notRun} not run`)
  if (failed > 0) return exitCodes.failed
  return notRun > 0 ? exitCodes.notRun : exitCodes.passed
}
