import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ACCOUNT } from '../accounts.ts'
import {
  EXIT_CODES,
  givenCredentials,
  runMain,
  selectNamed,
  SHARED_OPTIONS,
} from '../command-line.ts'
import { MODES, type Mode } from '../modes.ts'
import { withRegistry } from '../server.ts'
import type { StepResult } from '../steps.ts'
import { formatTable } from '../table.ts'
import type { Target } from '../target.ts'
import { ToolUnavailable } from '../tools/cache.ts'
import { ensureTool, type InstalledTool } from '../tools.ts'
import { crane } from './crane.ts'
import { oras012 } from './oras-0.12.ts'
import { oras } from './oras.ts'
import { regctl } from './regctl.ts'
import { runClient, type Client } from './client.ts'
import { skopeo } from './skopeo.ts'

const CLIENTS: readonly Client[] = [oras, oras012, crane, regctl, skopeo]
const LOGS = join(import.meta.dirname, '..', 'results', 'clients')

interface Result {
  readonly client: Client
  readonly mode: Mode
  readonly outcome: StepResult
  readonly passed: number
  readonly steps: number
}

type Tools = ReadonlyMap<Client, InstalledTool | ToolUnavailable>

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      ...SHARED_OPTIONS,
      mode: { type: 'string' },
      'allow-missing': { type: 'boolean', default: false },
    },
  })
  const selected = selectNamed(CLIENTS, 'only', values.only)
  const credentials = givenCredentials(values)
  const tools = new Map<Client, InstalledTool | ToolUnavailable>()
  for (const client of selected) tools.set(client, await findTool(client))
  const results: Result[] = []
  for (const mode of selectModes(values.registry, credentials !== undefined, values.mode)) {
    const server = {
      log: join(LOGS, `${mode.name}.log`),
      environment: mode.server,
      accounts: mode.accounts,
      built: values.built,
    }
    await withRegistry(values.registry, server, async (host) => {
      const target = {
        host,
        plainHttp: true,
        credentials: credentials ?? (mode.accounts && ACCOUNT),
      }
      for (const [client, tool] of tools) results.push(await round(client, tool, mode, target))
    })
  }
  console.log(`\n${formatTable(tableOf(tools, results))}`)
  const verdicts = new Set(results.map(({ outcome: verdict }) => verdict))
  if (verdicts.has('FAIL')) return EXIT_CODES.failed
  if (verdicts.has('NOT RUN') && !values['allow-missing']) return EXIT_CODES.notRun
  return EXIT_CODES.passed
}

/** The modes to test: all, unless --mode selects one. A given registry has only one mode. */
function selectModes(registry: string | undefined, withCredentials: boolean, name?: string) {
  const standard = withCredentials ? 'bearer' : 'open'
  return selectNamed(MODES, 'mode', registry === undefined ? name : (name ?? standard))
}

async function findTool(client: Client): Promise<InstalledTool | ToolUnavailable> {
  try {
    return await ensureTool(client.tool)
  } catch (error) {
    if (error instanceof ToolUnavailable) return error
    throw error
  }
}

async function round(
  client: Client,
  tool: InstalledTool | ToolUnavailable,
  mode: Mode,
  target: Target,
): Promise<Result> {
  if (tool instanceof ToolUnavailable) {
    console.log(`\n${client.name}, ${mode.name}: NOT RUN: ${tool.message}`)
    return { client, mode, outcome: 'NOT RUN', passed: 0, steps: client.steps.length }
  }
  console.log(`\n${client.name} ${tool.version}, ${mode.name}`)
  const directory = await mkdtemp(join(tmpdir(), 'wasmoor-client-'))
  try {
    const { passed, steps } = await runClient(client, tool, target, mode, directory)
    return { client, mode, outcome: passed === steps ? 'PASS' : 'FAIL', passed, steps }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** A table of the clients and modes, with the outcome and the number of passed steps. */
function tableOf(tools: Tools, results: readonly Result[]): string[][] {
  const played = MODES.filter((mode) => results.some((result) => result.mode === mode))
  const rows = [...tools].map(([client, tool]) => [
    client.name,
    tool instanceof ToolUnavailable ? '-' : tool.version,
    ...results
      .filter((result) => result.client === client)
      .map(({ outcome: verdict, passed, steps }) => `${verdict}, ${passed} of ${steps}`),
  ])
  return [['client', 'version', ...played.map(({ name }) => name)], ...rows]
}

await runMain(main)
