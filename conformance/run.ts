import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ACCOUNTS } from './accounts.ts'
import {
  EXIT_CODES,
  givenCredentials,
  runMain,
  selectNamed,
  SHARED_OPTIONS,
} from './command-line.ts'
import { deviations, readReport, type Report } from './report.ts'
import { RUNS, type Run } from './runs.ts'
import { withRegistry } from './server.ts'
import { runSuite } from './suite.ts'
import { formatTable } from './table.ts'
import type { Target } from './target.ts'
import { GoMissing } from './tools/cache.ts'
import { ensureTool } from './tools.ts'

interface RunResult {
  readonly run: Run
  readonly report?: Report
  readonly problems: string[]
}

const RESULTS = join(import.meta.dirname, 'results')

async function main(): Promise<number> {
  const { values } = parseArgs({ options: SHARED_OPTIONS })
  const selected = selectNamed(RUNS, 'only', values.only)
  const credentials = givenCredentials(values)
  let suite: string
  try {
    suite = (await ensureTool('suite')).path
  } catch (error) {
    if (!(error instanceof GoMissing)) throw error
    console.error(`The conformance suite was NOT RUN. ${error.message}.`)
    return EXIT_CODES.goMissing
  }
  const runResults: RunResult[] = []
  for (const run of selected) {
    const result = await runWithServer(suite, credentials ? { ...run, credentials } : run, values)
    for (const problem of result.problems) console.log(`${run.name}: ${problem}`)
    runResults.push(result)
  }
  console.log(`\n${formatTable([HEADING, ...runResults.map(toRow)])}\n`)
  console.log(`Reports: ${RESULTS}`)
  return runResults.some(({ problems }) => problems.length > 0)
    ? EXIT_CODES.failed
    : EXIT_CODES.passed
}

async function runWithServer(
  suite: string,
  run: Run,
  options: { registry?: string | undefined; built: boolean },
): Promise<RunResult> {
  const results = join(RESULTS, run.name)
  // A report of an earlier run must not be mistaken for one of this run.
  await rm(results, { recursive: true, force: true })
  await mkdir(results, { recursive: true })
  const log = join(results, 'server.log')
  const server = {
    log,
    environment: run.server,
    accounts: run.credentials && ACCOUNTS,
    built: options.built,
  }
  let result: RunResult = { run, problems: [] }
  try {
    await withRegistry(options.registry, server, async (host) => {
      const target = { host, plainHttp: true, credentials: run.credentials }
      result = await runAndCompare(suite, run, target, results)
    })
  } catch (error) {
    // The server did not start, or did not stop cleanly.
    result.problems.push(messageOf(error))
  }
  return result
}

async function runAndCompare(
  suite: string,
  run: Run,
  target: Target,
  results: string,
): Promise<RunResult> {
  try {
    await runSuite(suite, target, run.suite, results)
    const report = await readReport(results)
    return { run, report, problems: deviations(report, run.expected) }
  } catch (error) {
    return { run, problems: [`no valid report: ${messageOf(error)}`] }
  }
}

const HEADING = ['run', 'results', 'expected', 'passed', 'failed', 'skipped', 'disabled', 'result']

function toRow({ run, report, problems }: RunResult): string[] {
  const result = problems.length === 0 ? 'PASS' : 'FAIL'
  const expected = String(run.expected.results)
  if (!report) return [run.name, '-', expected, '-', '-', '-', '-', result]
  const { tests, failures, errors, skipped, disabled } = report.totals
  const failed = failures + errors
  const passed = tests - failed - skipped - disabled
  const figures = [passed, failed, skipped, disabled].map(String)
  return [run.name, String(tests), expected, ...figures, result]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

await runMain(main)
