import { WRONG_CREDENTIALS } from '../accounts.ts'
import type { Mode } from '../modes.ts'
import { runStep } from '../steps.ts'
import type { Target } from '../target.ts'
import type { InstalledTool } from '../tools.ts'
import type { ToolName } from '../versions.ts'
import { ClientFailed, ClientRunner } from './client-runner.ts'

/** A client, and the steps that it runs against a registry. */
export interface Client {
  readonly name: string
  readonly tool: ToolName
  /** Configures the client for the registry. */
  readonly setUp?: (runner: ClientRunner) => Promise<void>
  /** Logs in; fails if the password is wrong. */
  logIn(runner: ClientRunner): Promise<void>
  readonly steps: readonly Step[]
}

interface Step {
  readonly name: string
  run(runner: ClientRunner): Promise<void>
}

/** Runs all steps, also after one has failed: a failed copy says nothing about delete. */
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
      name: 'reject a wrong password',
      async run(runner) {
        const careless = await runner.as('mistyping-user', WRONG_CREDENTIALS)
        await client.setUp?.(careless)
        await expectRefusal(() => client.logIn(careless))
      },
    },
    { name: 'log in', run: (runner) => client.logIn(runner) },
  ]
}

/** Asserts that the login fails with a clear message that does not contain the password. */
async function expectRefusal(logIn: () => Promise<void>): Promise<void> {
  try {
    await logIn()
  } catch (error) {
    const output = error instanceof ClientFailed ? error.output : ''
    const isClear = /unauthorized|password/i.test(output)
    if (isClear && !output.includes(WRONG_CREDENTIALS.password)) return
    throw error
  }
  throw new Error('a wrong password was accepted')
}
