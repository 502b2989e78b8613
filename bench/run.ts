/**
 * `npm run bench`: compares Wasmoor with the other installed servers, with the same data in one
 * run.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeMachine, wrkVersion } from './machine.ts'
import { notesSection } from './notes.ts'
import { parseOptions } from './options.ts'
import { goalsTable, formatReport, formatScenario } from './report.ts'
import type { ScenarioResult } from './results.ts'
import { measureRounds } from './rounds.ts'
import { scenarios, type Scenario } from './scenarios.ts'
import { distribution } from './servers/distribution.ts'
import { nginx } from './servers/nginx.ts'
import { olareg } from './servers/olareg.ts'
import { start } from './servers/start.ts'
import { otherWasmoor, wasmoor } from './servers/wasmoor.ts'
import { zot } from './servers/zot.ts'

const options = parseOptions(process.argv.slice(2))
const wrk = await wrkVersion()
const installed = await findServers()
const scenariosToRun = chooseScenarios()

// Next to the code, on a disk: /tmp may be in memory, where fsync costs nothing.
const DATA_ROOT = fileURLToPath(new URL('data', import.meta.url))
mkdirSync(DATA_ROOT, { recursive: true })
const directory = mkdtempSync(join(DATA_ROOT, 'run-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const machine = await describeMachine(directory, wrk)

const servers = await Promise.all(
  installed.map(({ kind }) => start(kind, join(directory, kind.name))),
)
try {
  const results = await measureRounds(servers, scenariosToRun, {
    rounds: options.rounds,
    seconds: options.seconds,
    useWrk: wrk !== undefined,
  })
  for (const result of results) console.log(`\n${formatScenario(result)}`)
  console.log(`\n${goalsTable(results)}`)
  if (options.complete) writeResults(results)
  else console.log('\nbench/RESULTS.md was not written: this was not a complete run.')
} finally {
  await Promise.all(servers.map((server) => server.stop()))
}

async function findServers() {
  const found = []
  const other = options.beside === undefined ? [] : [otherWasmoor(options.beside)]
  for (const kind of [wasmoor, ...other, olareg, distribution, zot, nginx]) {
    if (options.servers !== undefined && !options.servers.includes(kind.name)) continue
    const version = await kind.version()
    if (version === undefined) console.log(`${kind.name}: not installed, skipped`)
    else found.push({ kind, version })
  }
  if (found.length === 0) throw new Error('no server to measure')
  return found
}

function chooseScenarios(): Scenario[] {
  const all = scenarios(options.manyTags)
  const chosen = all.filter(({ id }) => options.only?.includes(id) ?? true)
  if (chosen.length === 0) throw new Error(`scenarios are ${all.map(({ id }) => id).join(', ')}`)
  return chosen
}

function writeResults(results: readonly ScenarioResult[]): void {
  const file = fileURLToPath(new URL('RESULTS.md', import.meta.url))
  const { rounds, seconds } = options
  const run = { machine, servers: installed, rounds, seconds, results }
  writeFileSync(file, formatReport(run, notesSection(file)))
  console.log(`\nWrote ${file}`)
}
