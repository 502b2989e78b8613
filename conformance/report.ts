import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Expected } from './runs.ts'

interface Totals {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
  readonly disabled: number
}

interface TestCase {
  readonly name: string
  readonly status: string
  readonly message: string
}

export interface Report {
  readonly totals: Totals
  /** Fewer than `totals.tests`: groups count too, and a delete counts twice. */
  readonly cases: TestCase[]
  /** The suite's summary: the name of a feature, and Pass, Skip, Disabled, FAIL or Error. */
  readonly features: Map<string, string>
}

/**
 * Reads the reports of the suite. Only they count: the suite exits with 0 even if tests were
 * skipped or it could not be set up.
 * @throws Error if a report is missing or damaged
 */
export async function readReport(results: string): Promise<Report> {
  const junit = await readFile(join(results, 'junit.xml'), 'utf8')
  const summary = await readFile(join(results, 'results.yaml'), 'utf8')
  return { ...parseJunit(junit), features: parseSummary(summary) }
}

/** The differences from the expected results, one text each; none if the run has passed. */
export function deviations({ totals, cases, features }: Report, expected: Expected): string[] {
  const found: string[] = []
  const wanted: Totals = {
    tests: expected.results,
    failures: 0,
    errors: 0,
    skipped: 0,
    disabled: expected.disabledTests.length,
  }
  for (const key of Object.keys(wanted) as (keyof Totals)[]) {
    if (totals[key] !== wanted[key]) found.push(`${key}: ${totals[key]} instead of ${wanted[key]}`)
  }
  for (const { name, status, message } of cases) {
    const mayBeDisabled = status === 'skipped' && expected.disabledTests.includes(name)
    if (status !== 'passed' && !mayBeDisabled) found.push(`${name}: ${status}\n${indent(message)}`)
  }
  for (const name of expected.disabledTests) {
    if (!cases.some((each) => each.name === name)) found.push(`${name}: missing in the report`)
  }
  for (const [name, status] of features) {
    const wantedStatus = expected.disabledFeatures.includes(name) ? 'Disabled' : 'Pass'
    if (status !== wantedStatus) found.push(`${name}: ${status} instead of ${wantedStatus}`)
  }
  return found
}

function parseJunit(text: string): { totals: Totals; cases: TestCase[] } {
  const attributes = /<testsuite ([^>]*)>/.exec(text)?.[1]
  if (attributes === undefined || !text.trimEnd().endsWith('</testsuites>')) {
    throw new Error('junit.xml is incomplete')
  }
  // The suite omits numbers that are 0.
  const figure = (name: string) =>
    Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1] ?? 0)
  // The suite's XML has no <failure> elements: the status is an attribute of its own.
  const pattern = /<testcase name="([^"]*)"[^>]* status="([^"]*)">([^]*?)<\/testcase>/g
  const cases = [...text.matchAll(pattern)].map(([, name = '', status = '', body = '']) => ({
    name: unescapeXml(name),
    status,
    message: unescapeXml(/<system-out>([^]*?)<\/system-out>/.exec(body)?.[1] ?? 'no message'),
  }))
  if (cases.length === 0 || cases.length !== text.split('<testcase ').length - 1) {
    throw new Error('junit.xml has test cases that cannot be parsed')
  }
  return {
    totals: {
      tests: figure('tests'),
      failures: figure('failures'),
      errors: figure('errors'),
      skipped: figure('skipped'),
      disabled: figure('disabled'),
    },
    cases,
  }
}

function parseSummary(text: string): Map<string, string> {
  const summary = parse(text) as Record<'apis' | 'data', Record<string, string> | undefined> | null
  if (!summary?.apis || !summary.data) throw new Error('results.yaml is incomplete')
  return new Map([...Object.entries(summary.apis), ...Object.entries(summary.data)])
}

function unescapeXml(text: string): string {
  return text
    .replace(/&#x([0-9A-F]+);/gi, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, decimal: string) => String.fromCodePoint(Number(decimal)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ')
}
