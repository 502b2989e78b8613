import { EXIT_CODES } from './command-line.ts'
import { ToolUnavailable } from './tools/cache.ts'

export type StepResult = 'PASS' | 'FAIL' | 'NOT RUN'

/** A step has nothing to work on, because one before it did not pass. */
export class PrerequisiteMissing extends Error {}

/** Takes a step and prints what came of it. A tool that cannot be had is no failure of the step. */
export async function runStep(name: string, step: () => Promise<void>): Promise<StepResult> {
  try {
    await step()
    console.log(`  PASS     ${name}`)
    return 'PASS'
  } catch (error) {
    const isMissing = error instanceof ToolUnavailable || error instanceof PrerequisiteMissing
    const result = isMissing ? 'NOT RUN' : 'FAIL'
    console.log(`  ${result.padEnd(7)}  ${name}`)
    console.log(
      (error instanceof Error ? error.message : String(error)).replace(/^/gm, ' '.repeat(11)),
    )
    return result
  }
}

/** Prints what came of all steps, and gives the exit code that says it. */
export function summarizeSteps(results: readonly StepResult[]): number {
  const count = (wanted: StepResult) => results.filter((result) => result === wanted).length
  const [failed, notRun] = [count('FAIL'), count('NOT RUN')]
  console.log(`\n${count('PASS')} steps passed, ${failed} failed, ${notRun} not run`)
  if (failed > 0) return EXIT_CODES.failed
  return notRun > 0 ? EXIT_CODES.notRun : EXIT_CODES.passed
}
