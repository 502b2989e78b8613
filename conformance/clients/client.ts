import { WRONG_CREDENTIALS } from '../accounts.ts'
import type { Mode } from '../modes.ts'
import { runStep } from '../steps.ts'
import type { Target } from '../target.ts'
import type { InstalledTool } from '../tools.ts'
import type { ToolName } from '../versions.ts'
import { ClientFailed, ClientRunner } from './client-runner.ts'

/** A client, and what it is made to do with a registry, step by step. */
export interface Client {
  readonly name: string
  readonly tool: ToolName
  /** What it must be told of a registry before anything else. */
  readonly setUp?: (runner: ClientRunner) => Promise<void>
  /** Logs in, and fails where the password is wrong. */
  logIn(runner: ClientRunner): Promise<void>
  readonly steps: readonly Step[]
}

interface Step {
  readonly name: string
  run(runner: ClientRunner): Promise<void>
}

/** All steps are tried, since a failing copy, say, tells nothing about delete. */
export async function runClient(
  client: Client,
  tool: InstalledTool,
  target: Target,
  mode: Mode,
  directory: string,
): Promise<{ passed: number; steps: number }> {
  const runner = await ClientRunner.open(client.tool, tool.path, target, directory)
  if (mode.anonymousPull) runner.reader = await runner.as('nobody')
  const steps = [
    ...(client.setUp ? [setUpStep(client.setUp)] : []),
    ...(target.credentials ? loginSteps(client) : []),
    ...client.steps,
  ]
  let passed = 0
  for (const step of steps) {
    if ((await runStep(step.name, () => step.run(runner))) === 'PASS') passed += 1
  }
  return { passed, steps: steps.length }
}

function setUpStep(setUp: (runner: ClientRunner) => Promise<void>): Step {
  return {
    name: 'set up',
    async run(runner) {
      for (const each of new Set([runner, runner.reader])) await setUp(each)
    },
  }
}

function loginSteps(client: Client): Step[] {
  return [
    {
      name: 'a wrong password is refused',
      async run(runner) {
        const careless = await runner.as('careless', WRONG_CREDENTIALS)
        await client.setUp?.(careless)
        await expectRefusal(() => client.logIn(careless))
      },
    },
    { name: 'log in', run: (runner) => client.logIn(runner) },
  ]
}

/** The client must fail, and say what was wrong, but not the password. */
async function expectRefusal(logIn: () => Promise<void>): Promise<void> {
  try {
    await logIn()
  } catch (error) {
    const said = error instanceof ClientFailed ? error.output : ''
    const isClear = /unauthorized|password/i.test(said)
    if (isClear && !said.includes(WRONG_CREDENTIALS.password)) return
    throw error
  }
  throw new Error('a wrong password is taken for a right one')
}
