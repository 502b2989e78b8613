import { EXIT_CODES } from './command-line.ts'
import { ToolUnavailable } from './tools/cache.ts'

export type StepResult = 'PASS' | 'FAIL' | 'NOT RUN'

/** A step cannot run, because an earlier one did not pass. */
export class PrerequisiteMissing extends Error {}

/** Runs a step and prints its result. A step whose tool is unavailable has not failed. */
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

/** Prints a summary of all steps, and returns the exit code. */
export function summarizeSteps(results: readonly StepResult[]): number {
  const count = (wanted: StepResult) => results.filter((result) => result === wanted).length
  const [failed, notRun] = [count('FAIL'), count('NOT RUN')]
  console.log(`\n${count('PASS')} steps passed, ${failed} failed, ${notRun} not run`)
  if (failed > 0) return EXIT_CODES.failed
  return notRun > 0 ? EXIT_CODES.notRun : EXIT_CODES.passed
}
