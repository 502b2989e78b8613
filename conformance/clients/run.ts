import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  exitCodes,
  givenCredentials,
  runMain,
  selectNamed,
  sharedOptions,
} from '../command-line.ts'
import { withRegistry } from '../server.ts'
import { formatTable } from '../table.ts'
import type { Target } from '../target.ts'
import { ensureTool, ToolUnavailable, type InstalledTool } from '../tools.ts'
import { crane } from './crane.ts'
import { oras012 } from './oras-0.12.ts'
import { oras } from './oras.ts'
import { regctl } from './regctl.ts'
import { Session, type Client } from './round.ts'
import { skopeo } from './skopeo.ts'

const clients: readonly Client[] = [oras, oras012, crane, regctl, skopeo]
const serverLog = join(import.meta.dirname, '..', 'results', 'clients', 'server.log')

interface Result {
  client: Client
  version: string
  verdict: 'PASS' | 'FAIL' | 'NOT RUN'
  passed: number
  steps: number
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { ...sharedOptions, 'allow-missing': { type: 'boolean', default: false } },
  })
  const selected = selectNamed(clients, values.only)
  const credentials = givenCredentials(values)
  const installed = new Map<Client, InstalledTool | ToolUnavailable>()
  for (const client of selected) installed.set(client, await findTool(client))
  const results: Result[] = []
  const server = { log: serverLog, environment: {}, built: values.built }
  await withRegistry(values.registry, server, async (host) => {
    const target = { host, plainHttp: true, credentials }
    for (const [client, tool] of installed) results.push(await round(client, tool, target))
    console.log(`\n${formatTable([heading, ...results.map(toRow)])}`)
  })
  const verdicts = new Set(results.map(({ verdict }) => verdict))
  if (verdicts.has('FAIL')) return exitCodes.failed
  if (verdicts.has('NOT RUN') && !values['allow-missing']) return exitCodes.notRun
  return exitCodes.passed
}

const heading = ['client', 'version', 'steps passed', 'verdict']

function toRow({ client, version, verdict, passed, steps }: Result): string[] {
  return [client.name, version, `${passed} of ${steps}`, verdict]
}

async function findTool(client: Client): Promise<InstalledTool | ToolUnavailable> {
  try {
    return await ensureTool(client.tool)
  } catch (error) {
    if (error instanceof ToolUnavailable) return error
    throw error
  }
}

/** All steps are tried, since a failing copy, say, tells nothing about delete. */
async function round(
  client: Client,
  tool: InstalledTool | ToolUnavailable,
  target: Target,
): Promise<Result> {
  const steps = client.steps.filter((step) => target.credentials || !step.withCredentials)
  if (tool instanceof ToolUnavailable) {
    console.log(`\n${client.name}: NOT RUN: ${tool.message}`)
    return { client, version: '-', verdict: 'NOT RUN', passed: 0, steps: steps.length }
  }
  console.log(`\n${client.name} ${tool.version}`)
  const directory = await mkdtemp(join(tmpdir(), 'wasmoor-client-'))
  let passed = 0
  try {
    const session = await Session.open(client, tool.path, target, directory)
    for (const step of steps) {
      try {
        await step.run(session)
        passed += 1
        console.log(`  PASS  ${step.name}`)
      } catch (error) {
        console.log(`  FAIL  ${step.name}`)
        console.log(String(error).replace(/^/gm, '        '))
      }
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  const verdict = passed === steps.length ? 'PASS' : 'FAIL'
  return { client, version: tool.version, verdict, passed, steps: steps.length }
}

await runMain(main)
