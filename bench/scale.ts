/** `npm run bench:scale`: whether operations become slower with the amount of stored content. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeMachine } from './machine.ts'
import { notesSection } from './notes.ts'
import { formatMachine } from './report.ts'
import { compare, type Comparison } from './scale/compare.ts'
import { fillStore, type Sizes } from './scale/fill-store.ts'
import { formatComparisons, formatReport } from './scale/report.ts'
import { compareStartUp } from './scale/start-up.ts'
import { openIndex, openServer, type Target } from './scale/targets.ts'
import { buildWasmoor } from './servers/wasmoor.ts'

// Large enough for full pages.
const SMALL: Sizes = { tags: 1_000, repositories: 1_000 }
const FULL: Sizes = process.argv.includes('--quick')
  ? { tags: 20_000, repositories: 5_000 }
  : { tags: 1_000_000, repositories: 100_000 }

const DATA_ROOT = fileURLToPath(new URL('data', import.meta.url))
mkdirSync(DATA_ROOT, { recursive: true })
const directory = mkdtempSync(join(DATA_ROOT, 'scale-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const machine = await describeMachine(directory, undefined)
await buildWasmoor()
const smallDirectory = join(directory, 'small')
const fullDirectory = join(directory, 'full')
await fillStore(join(smallDirectory, 'data'), SMALL)
const began = performance.now()
await fillStore(join(fullDirectory, 'data'), FULL)
const filling = `Filled with ${formatSizes(FULL)} in ${Math.round((performance.now() - began) / 1000)} s.`
console.log(filling)

const inProcess = await compareTargets((path) => openIndex(join(path, 'data')))
print('The index', inProcess)
const overHttp = await compareTargets(openServer)
print('The server', overHttp)
const startUp = await compareStartUp(smallDirectory, fullDirectory)
print('Starting', startUp)

if (!process.argv.includes('--quick')) {
  const file = fileURLToPath(new URL('SCALE.md', import.meta.url))
  const introduction = `${formatMachine(machine)}\n- ${filling} The small store has ${formatSizes(SMALL)}.`
  writeFileSync(file, formatReport(introduction, notesSection(file), inProcess, overHttp, startUp))
  console.log(`\nWrote ${file}`)
}

async function compareTargets(open: (path: string) => Promise<Target>): Promise<Comparison[]> {
  const targets: Target[] = []
  try {
    for (const path of [smallDirectory, fullDirectory]) targets.push(await open(path))
    const [smallTarget, fullTarget] = targets as [Target, Target]
    return await compare({ sizes: SMALL, target: smallTarget }, { sizes: FULL, target: fullTarget })
  } finally {
    for (const target of targets) await target.close()
  }
}

function print(title: string, comparisons: readonly Comparison[]): void {
  console.log(`\n${title}\n\n${formatComparisons(comparisons)}`)
}

function formatSizes({ tags, repositories }: Sizes): string {
  const [many, more] = [tags.toLocaleString('en'), repositories.toLocaleString('en')]
  return `${many} tags in one repository and ${more} other repositories`
}
