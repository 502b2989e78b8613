import { generatorOf, measure, type Measurement } from './measure.ts'
import { summarise, type ScenarioResult } from './results.ts'
import type { Scenario } from './scenarios.ts'
import type { Server } from './servers/start.ts'

export interface Extent {
  readonly rounds: number
  readonly seconds: number
  readonly useWrk: boolean
}

/**
 * Measures all scenarios on all servers in each round. If the machine is busy for a minute, one
 * round of everything is slower, but not the medians.
 */
export async function measureRounds(
  servers: readonly Server[],
  scenarios: readonly Scenario[],
  { rounds, seconds, useWrk }: Extent,
): Promise<ScenarioResult[]> {
  const measured = scenarios.map((scenario) => ({
    scenario,
    byServer: new Map<Server, Measurement[]>(
      serversFor(servers, scenario).map((each) => [each, []]),
    ),
  }))
  for (let round = 0; round <= rounds; round += 1) {
    for (const { scenario, byServer } of measured) {
      process.stderr.write(`round ${round} of ${rounds}: ${scenario.title}\n`)
      for (const server of rotated([...byServer.keys()], round)) {
        const trial = { round, seconds: round === 0 ? 1 : seconds }
        const measurement = await measure(server, scenario, trial, useWrk)
        // Round 0 loads the data, and warms up caches and compilers.
        if (round > 0) byServer.get(server)?.push(measurement)
      }
    }
  }
  return measured.map(({ scenario, byServer }) => {
    const { id, title, unit } = scenario
    const generator = generatorOf(scenario.job({ round: 0, seconds: 0 }), useWrk)
    const rows = [...byServer].map(([server, each]) => summarise(server.kind.name, each))
    return { id, title, unit, generator, rows }
  })
}

function serversFor(servers: readonly Server[], scenario: Scenario): Server[] {
  return servers.filter(({ kind }) => kind.content === 'registry' || !scenario.writes)
}

/**
 * Rotates the order, so that no server always follows the same one, which may have filled the
 * caches.
 */
function rotated(all: readonly Server[], round: number): Server[] {
  const first = round % all.length
  return [...all.slice(first), ...all.slice(0, first)]
}
