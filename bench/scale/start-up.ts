import { MIB } from '../../src/base/sizes.ts'
import { costOf } from '../process-cost.ts'
import { median } from '../results.ts'
import { start } from '../servers/start.ts'
import { wasmoor } from '../servers/wasmoor.ts'
import type { Comparison } from './compare.ts'

const STARTS = 9

/** Measures the time from the start of the process to its first response, and its memory then. */
export async function compareStartUp(small: string, full: string): Promise<Comparison[]> {
  const times: Record<string, number[]> = { [small]: [], [full]: [] }
  const memory: Record<string, number[]> = { [small]: [], [full]: [] }
  for (let repetition = 0; repetition < STARTS; repetition += 1) {
    for (const directory of repetition % 2 === 0 ? [small, full] : [full, small]) {
      const server = await start(wasmoor, directory)
      times[directory]?.push(server.startMilliseconds * 1000)
      memory[directory]?.push(costOf(server.pid).memoryBytes / MIB)
      await server.stop()
    }
  }
  const row = (operation: string, figures: Record<string, number[]>) => ({
    operation,
    small: median(figures[small] ?? []),
    full: median(figures[full] ?? []),
  })
  return [row('start-up', times), row('memory after start-up, MiB', memory)]
}
