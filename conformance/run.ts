import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { accounts } from './accounts.ts'
import { exitCodes, givenCredentials, runMain, selectNamed, sharedOptions } from './command-line.ts'
import { deviations, readReport, type Report } from './report.ts'
import { runs, type Run } from './runs.ts'
import { withRegistry } from './server.ts'
import { runSuite } from './suite.ts'
import { formatTable } from './table.ts'
import type { Target } from './target.ts'
import { GoMissing } from './tools/cache.ts'
import { ensureTool } from './tools.ts'

interface Verdict {
  run: Run
  report?: Report
  problems: string[]
}

const resultsRoot = join(import.meta.dirname, 'results')

async function main(): Promise<number> {
  const { values } = parseArgs({ options: sharedOptions })
  const selected = selectNamed(runs, 'only', values.only)
  const credentials = givenCredentials(values)
  let suite: string
  try {
    suite = (await ensureTool('suite')).path
  } catch (error) {
    if (!(error instanceof GoMissing)) throw error
    console.error(`The conformance suite was NOT RUN. ${error.message}.`)
    return exitCodes.goMissing
  }
  const verdicts: Verdict[] = []
  for (const run of selected) {
    const verdict = await conduct(suite, credentials ? { ...run, credentials } : run, values)
    for (const problem of verdict.problems) console.log(`${run.name}: ${problem}`)
    verdicts.push(verdict)
  }
  console.log(`\n${formatTable([heading, ...verdicts.map(toRow)])}\n`)
  console.log(`Reports: ${resultsRoot}`)
  return verdicts.some(({ problems }) => problems.length > 0) ? exitCodes.failed : exitCodes.passed
}

async function conduct(
  suite: string,
  run: Run,
  options: { registry?: string | undefined; built: boolean },
): Promise<Verdict> {
  const results = join(resultsRoot, run.name)
  // A report of an earlier run must never be taken for one of this run.
  await rm(results, { recursive: true, force: true })
  await mkdir(results, { recursive: true })
  const log = join(results, 'server.log')
  const server = {
    log,
    environment: run.server,
    accounts: run.credentials && accounts,
    built: options.built,
  }
  let verdict: Verdict = { run, problems: [] }
  try {
    await withRegistry(options.registry, server, async (host) => {
      const target = { host, plainHttp: true, credentials: run.credentials }
      verdict = await judge(suite, run, target, results)
    })
  } catch (error) {
    // The server did not start, or did not live or end as it should.
    verdict.problems.push(messageOf(error))
  }
  return verdict
}

async function judge(suite: string, run: Run, target: Target, results: string): Promise<Verdict> {
  try {
    await runSuite(suite, target, run.suite, results)
    const report = await readReport(results)
    return { run, report, problems: deviations(report, run.expected) }
  } catch (error) {
    return { run, problems: [`no report to rely on: ${messageOf(error)}`] }
  }
}

const heading = ['run', 'results', 'expected', 'passed', 'failed', 'skipped', 'disabled', 'verdict']

function toRow({ run, report, problems }: Verdict): string[] {
  const verdict = problems.length === 0 ? 'PASS' : 'FAIL'
  const expected = String(run.expected.results)
  if (!report) return [run.name, '-', expected, '-', '-', '-', '-', verdict]
  const { tests, failures, errors, skipped, disabled } = report.totals
  const failed = failures + errors
  const passed = tests - failed - skipped - disabled
  const figures = [passed, failed, skipped, disabled].map(String)
  return [run.name, String(tests), expected, ...figures, verdict]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

await runMain(main)
