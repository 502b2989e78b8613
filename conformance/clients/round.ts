import { wrongCredentials } from '../accounts.ts'
import type { Mode } from '../modes.ts'
import { takeStep } from '../steps.ts'
import type { Target } from '../target.ts'
import type { InstalledTool } from '../tools.ts'
import type { ToolName } from '../versions.ts'
import { ClientFailed, Session } from './session.ts'

/** A client, and what it is made to do with a registry, step by step. */
export interface Client {
  name: string
  tool: ToolName
  /** What it must be told of a registry before anything else. */
  readonly setUp?: (session: Session) => Promise<void>
  /** Logs in, and fails where the password is wrong. */
  logIn(session: Session): Promise<void>
  steps: readonly Step[]
}

interface Step {
  name: string
  run(session: Session): Promise<void>
}

/** All steps are tried, since a failing copy, say, tells nothing about delete. */
export async function playRound(
  client: Client,
  tool: InstalledTool,
  target: Target,
  mode: Mode,
  directory: string,
): Promise<{ passed: number; steps: number }> {
  const session = await Session.open(client.tool, tool.path, target, directory)
  if (mode.anonymousPull) session.reader = await session.as('nobody')
  const steps = [
    ...(client.setUp ? [setUpStep(client.setUp)] : []),
    ...(target.credentials ? loginSteps(client) : []),
    ...client.steps,
  ]
  let passed = 0
  for (const step of steps) {
    if ((await takeStep(step.name, () => step.run(session))) === 'PASS') passed += 1
  }
  return { passed, steps: steps.length }
}

function setUpStep(setUp: (session: Session) => Promise<void>): Step {
  return {
    name: 'set up',
    async run(session) {
      for (const each of new Set([session, session.reader])) await setUp(each)
    },
  }
}

function loginSteps(client: Client): Step[] {
  return [
    {
      name: 'a wrong password is refused',
      async run(session) {
        const careless = await session.as('careless', wrongCredentials)
        await client.setUp?.(careless)
        await expectRefusal(() => client.logIn(careless))
      },
    },
    { name: 'log in', run: (session) => client.logIn(session) },
  ]
}

/** The client must fail, and say what was wrong, but not the password. */
async function expectRefusal(logIn: () => Promise<void>): Promise<void> {
  try {
    await logIn()
  } catch (error) {
    const said = error instanceof ClientFailed ? error.output : ''
    const isClear = /unauthorized|password/i.test(said)
    if (isClear && !said.includes(wrongCredentials.password)) return
    throw error
  }
  throw new Error('a wrong password is taken for a right one')
}
