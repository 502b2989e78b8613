/** `npm run bench:gate`: the cost of inspecting pushes and checking them against policies. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatReport, type GateRow } from './gate/report.ts'
import { MIB } from '../src/base/sizes.ts'
import { describeMachine } from './machine.ts'
import { type Measurement, measure } from './measure.ts'
import { push, type Scenario, upload } from './scenarios.ts'
import type { ServerKind } from './servers/server.ts'
import { type Server, start } from './servers/start.ts'
import { wasmoor } from './servers/wasmoor.ts'

const ROUNDS = 9
const SECONDS = 4

/** Scenarios, and how much longer each may take with the gate, as a factor. */
const SCENARIOS: readonly (readonly [scenario: Scenario, limit: number])[] = [
  [push(1), 1.15],
  [push(), 1.15],
  [upload(256 * MIB, 'module'), 1.1],
  [upload(300 * MIB, 'layer'), 1.05],
]

const DATA_ROOT = fileURLToPath(new URL('data', import.meta.url))
mkdirSync(DATA_ROOT, { recursive: true })
const directory = mkdtempSync(join(DATA_ROOT, 'gate-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
const machine = await describeMachine(directory, undefined)

const ungated: ServerKind = {
  ...wasmoor,
  name: 'wasmoor without the gate',
  async command(location) {
    const policies = [{ repositories: ['**'], mode: 'off' }]
    const environment = { WASMOOR_WASM_POLICIES: JSON.stringify(policies) }
    return { ...(await wasmoor.command(location)), environment }
  },
}

const version = await wasmoor.version()
const off = await start(ungated, join(directory, 'off'))
const on = await start(wasmoor, join(directory, 'on'))
try {
  const rows: GateRow[] = []
  for (const [scenario, limit] of SCENARIOS) rows.push(await compare(scenario, limit, off, on))
  const text = formatReport({ machine, version: version ?? '', rows })
  const file = fileURLToPath(new URL('GATE.md', import.meta.url))
  writeFileSync(file, text)
  console.log(`${text}\nWrote ${file}`)
} finally {
  await Promise.all([off.stop(), on.stop()])
}

/** Measures both servers in turn; the first one alternates. */
async function compare(
  scenario: Scenario,
  limit: number,
  without: Server,
  within: Server,
): Promise<GateRow> {
  const time: number[] = []
  const cpu: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const measured = new Map<Server, Measurement>()
    for (const server of round % 2 === 0 ? [without, within] : [within, without])
      measured.set(server, await measure(server, scenario, { round, seconds: SECONDS }, false))
    // The first round warms up.
    if (round === 0) continue
    const [free, gated] = [measured.get(without)!, measured.get(within)!]
    time.push(free.speed / gated.speed)
    cpu.push(gated.cpuMicrosecondsPerOperation / free.cpuMicrosecondsPerOperation)
  }
  return { title: scenario.title, limit, time, cpu }
}
