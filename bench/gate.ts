/** `npm run bench:gate`: what it costs to look at what is pushed, and to judge it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gateDocument, type GateRow } from './gate/report.ts'
import { describeMachine } from './machine.ts'
import { type Measurement, measure } from './measure.ts'
import { push, type Scenario, upload } from './scenarios.ts'
import type { ServerKind } from './servers/server.ts'
import { type Server, start } from './servers/start.ts'
import { wasmoor } from './servers/wasmoor.ts'

const ROUNDS = 9
const SECONDS = 4
const MEBIBYTE = 1024 * 1024

/** How many times what it costs without the gate each may cost with it. */
const SCENARIOS: readonly (readonly [scenario: Scenario, bar: number])[] = [
  [push(1), 1.15],
  [push(), 1.15],
  [upload(256 * MEBIBYTE, 'module'), 1.1],
  [upload(300 * MEBIBYTE, 'layer'), 1.05],
]

const DATA_ROOT = fileURLToPath(new URL('data', import.meta.url))
mkdirSync(DATA_ROOT, { recursive: true })
const directory = mkdtempSync(join(DATA_ROOT, 'gate-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
const machine = await describeMachine(directory, undefined)

const ungated: ServerKind = {
  ...wasmoor,
  name: 'wasmoor, nothing judged',
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
  for (const [scenario, bar] of SCENARIOS) rows.push(await compare(scenario, bar, off, on))
  const text = gateDocument({ machine, version: version ?? '', rows })
  const file = fileURLToPath(new URL('GATE.md', import.meta.url))
  writeFileSync(file, text)
  console.log(`${text}\nWrote ${file}`)
} finally {
  await Promise.all([off.stop(), on.stop()])
}

/** Both servers in turn, each first in every other round. */
async function compare(
  scenario: Scenario,
  bar: number,
  without: Server,
  within: Server,
): Promise<GateRow> {
  const time: number[] = []
  const cpu: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const measured = new Map<Server, Measurement>()
    for (const server of round % 2 === 0 ? [without, within] : [within, without])
      measured.set(server, await measure(server, scenario, { round, seconds: SECONDS }, false))
    // The first warms up.
    if (round === 0) continue
    const [free, gated] = [measured.get(without)!, measured.get(within)!]
    time.push(free.speed / gated.speed)
    cpu.push(gated.cpuMicrosecondsPerOperation / free.cpuMicrosecondsPerOperation)
  }
  return { title: scenario.title, bar, time, cpu }
}
