import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runMain, SHARED_OPTIONS } from '../command-line.ts'
import { execute, type Environment } from '../execute.ts'
import { freePort } from '../free-port.ts'
import { REPOSITORY_ROOT, withServer } from '../server.ts'
import { summarizeSteps, runStep, type StepResult } from '../steps.ts'
import type { Credentials } from '../target.ts'
import { ANONYMOUS_STEPS, ANONYMOUS_PULL, OPEN_STEPS } from './sign-in.ts'
import { FOREIGN_STEPS, HOSTILE_STEPS } from './hostile.ts'
import { SCREENSHOT_STEPS } from './screenshots.ts'
import { ENGINEER, type ConsoleStep, ConsoleFixture } from './fixture.ts'
import { STORY_STEPS } from './story.ts'
import { FAILURE_STEPS } from './failures.ts'

const RESULTS = join(import.meta.dirname, '..', 'results', 'console')
const SCREENSHOTS = join(REPOSITORY_ROOT, 'docs', 'screenshots')

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { built: SHARED_OPTIONS.built, screenshots: { type: 'boolean', default: false } },
  })
  await rm(RESULTS, { recursive: true, force: true })
  await mkdir(RESULTS, { recursive: true })
  await buildConsole()
  const { built } = values
  const shown = values.screenshots ? SCREENSHOTS : RESULTS
  const results: StepResult[] = []
  for (const setting of SETTINGS) results.push(...(await runSetting(setting, shown, built)))
  const exitCode = summarizeSteps(results)
  console.log(`Screenshots: ${shown}`)
  return exitCode
}

/** Builds the console from its current sources. */
async function buildConsole(): Promise<void> {
  const script = join(REPOSITORY_ROOT, 'scripts', 'build-console.mjs')
  const { exitCode, stderr } = await execute(process.execPath, [script])
  if (exitCode !== 0) throw new Error(`the console could not be built:\n${stderr}`)
}

interface Setting {
  readonly name: string
  readonly accounts: readonly Credentials[] | undefined
  readonly environment: Environment
  readonly steps: readonly ConsoleStep[]
}

const SETTINGS: readonly Setting[] = [
  {
    name: 'accounts',
    accounts: [ENGINEER],
    environment: {},
    steps: [...SCREENSHOT_STEPS, ...STORY_STEPS, ...HOSTILE_STEPS, ...FAILURE_STEPS],
  },
  {
    name: 'anonymous-pull',
    accounts: [ENGINEER],
    environment: ANONYMOUS_PULL,
    steps: ANONYMOUS_STEPS,
  },
  { name: 'open', accounts: undefined, environment: {}, steps: [...OPEN_STEPS, ...FOREIGN_STEPS] },
]

async function runSetting(
  { name, accounts, environment, steps }: Setting,
  shown: string,
  built: boolean,
): Promise<StepResult[]> {
  console.log(`\n${name}`)
  const folder = await mkdtemp(join(tmpdir(), 'wasmoor-console-'))
  const location = { port: await freePort(), folder }
  const server = { log: join(RESULTS, `${name}.log`), environment, accounts, built }
  const results: StepResult[] = []
  try {
    await withServer(location, server, async () => {
      const fixture = new ConsoleFixture(location, shown, accounts && ENGINEER)
      for (const step of steps) results.push(await runStep(step.name, () => step.run(fixture)))
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return results
}

await runMain(main)
